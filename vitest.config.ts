import { defineConfig } from 'vitest/config'
import { tallyReporter } from './tools/tally-reporter.ts'

const conditions = ['source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tools/**/*.test.ts', 'benchmarks/**/*.test.ts'],
    testTimeout: 60_000,
    // ONNX Runtime's native threads do not survive a shared worker thread; a process per file is the safe pool.
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', tallyReporter],
  },
})
