import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.test.ts'],
  unbundle: true,
  format: 'esm',
  platform: 'node',
  dts: true,
  fixedExtension: false,
  deps: { skipNodeModulesBundle: true, neverBundle: [/^#/, /^node:/] },
})
