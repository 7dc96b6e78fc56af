// `npm run check:processors`: the engine on several kinds of processors, native or emulated, beside float64 and each other.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'tsdown'
import { compareNumbers } from './compare.js'
import { flagsOf, launcher, processors } from './processors.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'node_modules/.cache/whitewater/processors')
const say = (line) => process.stdout.write(`${line}\n`)

const usage = `node tools/processors/run.js [options]

  --only NAME   only this processor beside the native one, as often as needed: ${processors.map(({ name }) => name).join(', ')}
  --quick       convolutions at the sizes that fill blocks in part only
  --require     fail where an emulation cannot be had
`

/** One file with all sources: an emulated Node then reads a few files instead of hundreds. */
async function bundle() {
  await build({
    config: false,
    entry: { check: fileURLToPath(new URL('check.ts', import.meta.url)) },
    outDir: folder,
    format: 'esm',
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    dts: false,
    clean: true,
    logLevel: 'error',
    inputOptions: { resolve: { conditionNames: ['source', 'node', 'import', 'default'] } },
    // Packages stay outside, but for our own sources; those of ONNX Runtime hold binaries.
    deps: { neverBundle: [/^(?!@?whitewater)[@a-z]/] },
  })
  return join(folder, 'check.mjs')
}

/** Emulators say what they leave out; that is known. */
const known = /TCG doesn't support requested feature/

/** The report of one processor, or the reason why there is none. */
function check({ name }, { command, node }, script, flags) {
  const [program, ...args] = [...command, node, script, ...flags]
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let last = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.trim() === '' || known.test(line)) return
      last = line
      say(`${name}: ${line}`)
    })
    child.on('error', (error) => resolve({ failure: error.message }))
    child.on('close', (code, signal) => {
      if (code !== 0) return resolve({ failure: `ended with ${signal ?? `code ${code}`}: ${last}` })
      try {
        resolve({ report: JSON.parse(out) })
      } catch {
        resolve({ failure: `answered with no report: ${out.slice(0, 80)}` })
      }
    })
  })
}

/** Runs jobs, so many at once, and returns their results in order. */
async function inParallel(jobs, limit) {
  const results = []
  let next = 0
  const work = async () => {
    while (next < jobs.length) {
      const at = next++
      results[at] = await jobs[at]()
    }
  }
  await Promise.all(Array.from({ length: limit }, work))
  return results
}

async function checked(processor, script, flags) {
  const how = launcher(processor)
  if (how.missing) return { processor, missing: how.missing }
  const extensions = flagsOf(processor, how)
  say(`${processor.name}: ${processor.arch}, ${extensions.join(' ') || 'vector extensions unknown'}`)
  const start = performance.now()
  const result = await check(processor, how, script, flags)
  return { processor, extensions, ...result, seconds: (performance.now() - start) / 1000 }
}

function kernelText({ findings }) {
  const { state, detail } = findings.find(({ name }) => name === 'blocked convolution kernels')
  if (state === 'used') return `blocked convolutions, ${detail}`
  return state === 'missing'
    ? 'plain convolutions (no blocked kernels here)'
    : `plain convolutions (${detail})`
}

/** Prints a line and the faults of each processor; returns how many of them failed. */
function conclude(results, demanding) {
  const reference = results.find(({ processor }) => processor.name === 'native')?.report
  let failed = 0
  let passed = 0
  for (const { processor, extensions, report, failure, missing, seconds } of results) {
    const { name } = processor
    if (missing) {
      say(`${name}: not checked: ${missing}`)
      if (demanding) failed++
      continue
    }
    if (failure) {
      say(`${name}: FAILED: ${failure}`)
      failed++
      continue
    }
    const compared = reference ? compareNumbers(report, reference) : { worst: NaN, faults: [] }
    const wrong = report.findings.filter(({ state }) => state === 'wrong')
    const faults = [
      ...wrong.map(({ name: what, detail }) => `${what}: ${detail}`),
      ...report.sections.flatMap((section) => section.faults),
      ...compared.faults,
    ]
    const checks = report.sections.reduce((sum, section) => sum + section.checks, 0)
    const beside =
      name === 'native' || !reference
        ? ''
        : `, training and samples within a relative ${compared.worst.toPrecision(2)} of this machine's own`
    const outcome = faults.length === 0 ? 'passed' : `FAILED ${faults.length} of them`
    say(
      `${name} (${report.arch}, ${extensions.join(' ')}): ${kernelText(report)}; ${checks} checks ${outcome}${beside}, ${seconds.toFixed(0)} s`,
    )
    faults.forEach((fault) => say(`  ${fault}`))
    if (faults.length > 0) failed++
    else passed++
  }
  say(`processors: ${passed} passed, ${failed} failed`)
  return failed
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      require: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(usage)
  const unknown = values.only.find((name) => !processors.some((one) => one.name === name))
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: expected one of ${processors.map(({ name }) => name).join(', ')}`)
  const wanted = processors.filter(
    ({ name }) => name === 'native' || values.only.length === 0 || values.only.includes(name),
  )
  say(
    `checking ${wanted.length} processors, ${Math.min(wanted.length, availableParallelism())} at once; each emulated one takes about two minutes`,
  )
  const script = await bundle()
  const flags = values.quick ? ['--quick'] : []
  const jobs = wanted.map((processor) => () => checked(processor, script, flags))
  const results = await inParallel(jobs, Math.min(jobs.length, availableParallelism()))
  if (conclude(results, values.require) > 0) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
