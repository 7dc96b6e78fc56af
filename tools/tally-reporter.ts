// The last line of a test run, for people and scripts: "N passed, 0 failed". In `.ci/run` a skipped test is a failure.
import type { Reporter, TestModule } from 'vitest/node'

function tally(modules: readonly TestModule[]) {
  const names = { passed: 0, failed: 0, skipped: [] as string[] }
  for (const module of modules) {
    const tests = [...module.children.allTests()]
    for (const test of tests) {
      const { state } = test.result()
      if (state === 'passed' || state === 'failed') names[state]++
      else names.skipped.push(`${module.relativeModuleId} > ${test.fullName}`)
    }
    // A file that cannot be loaded has no tests that could fail.
    if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed')) names.failed++
  }
  return names
}

export const tallyReporter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const { passed, failed, skipped } = tally(modules)
    if (process.env.WHITEWATER_CI && skipped.length > 0) {
      process.exitCode = 1
      for (const name of skipped) console.log(`nothing may skip in .ci/run: ${name}`)
    }
    const also = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
    console.log(`${passed} passed, ${failed + unhandledErrors.length} failed${also}`)
  },
}
