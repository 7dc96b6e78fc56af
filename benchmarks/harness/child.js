// A child process: one JavaScript implementation of one case. Reads its job as JSON from stdin, prints one JSON line.
import { readFileSync } from 'node:fs'
import { measure, peakBytes, residentBytes, toMegabytes } from './measure.js'

const { benchmark, peer, protocol } = JSON.parse(readFileSync(0, 'utf8'))

/** The implementation as a thunk, its packages already imported. */
async function load() {
  if (peer === 'whitewater') {
    const { about, cases } = await import('../whitewater.js')
    const create = cases[benchmark.name]
    if (create === undefined) throw new Error(`whitewater.js has no case ${benchmark.name} yet`)
    return { about, create }
  }
  const { about } = await import(`../peers/${peer}/about.js`)
  const { create } = await import(`../${benchmark.peers[peer]}`)
  return { about, create: () => create(benchmark) }
}

/** One line; a package that is not there by its name, without the path that looked for it. */
function reason(error) {
  if (error?.code === 'ERR_MODULE_NOT_FOUND') {
    const name = /Cannot find package '([^']+)'/.exec(error.message)?.[1]
    if (name !== undefined) return `package ${name} is not installed; npm install`
  }
  return String(error?.message ?? error).split('\n')[0]
}

async function run() {
  const { about, create } = await load()
  const imported = residentBytes()
  const implementation = await create()
  const result = await measure(implementation, { ...protocol, stepsPerRun: benchmark.stepsPerRun })
  const peak = peakBytes()
  await implementation.dispose()
  return {
    ...result,
    ...about,
    peakMemoryMb: toMegabytes(peak - imported),
    maxRssMb: toMegabytes(peak),
    importRssMb: toMegabytes(imported),
  }
}

const report = (line) => process.stdout.write(`${JSON.stringify({ case: benchmark.name, peer, ...line })}\n`)
try {
  report(await run())
} catch (error) {
  report({ unavailable: reason(error) })
}
process.exit()
