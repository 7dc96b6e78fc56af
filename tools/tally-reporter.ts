// The last line of a test run, for people and scripts: "N passed, 0 failed". What was skipped is named in `.ci/run`, where
// only reference data outside the repository may be missing: a missing system package fails its test there.
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
    if (process.env.WHITEWATER_CI) for (const name of skipped) console.log(`skipped: ${name}`)
    const also = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
    console.log(`${passed} passed, ${failed + unhandledErrors.length} failed${also}`)
  },
}
