import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.{test,cases}.ts', '!src/testing/**'],
  unbundle: true,
  format: 'esm',
  platform: 'neutral',
  dts: true,
  fixedExtension: false,
  deps: { skipNodeModulesBundle: true, neverBundle: [/^#/, /^node:/] },
})
