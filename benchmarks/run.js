// Side by side with peers: the same work in child processes that take turns, medians, ratios. See README.md.
import { readdirSync } from 'node:fs'
import { engineFindings, machineText } from '@whitewater/tensor'
import { compare, disagreements } from './harness/compare.js'
import { parseOptions, select, usage } from './harness/options.js'
import { participants } from './harness/peers.js'
import { pythonWithTorch } from './harness/pytorch.js'
import { rows, table } from './harness/table.js'

const log = (line) => process.stderr.write(`${line}\n`)

async function loadCases() {
  const folder = new URL('cases/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'))
  const modules = await Promise.all(files.sort().map((name) => import(new URL(name, folder).href)))
  return modules.map(({ benchmark }) => benchmark)
}

const isPython = (peer) => participants[peer].runtime === 'python'

/** The participants that can be tried, and for the rest the reason why not. */
function split(benchmark, wantedPeers, pytorch) {
  const peers = Object.keys(benchmark.peers).filter((peer) => wantedPeers.includes(peer))
  const blocked = pytorch.unavailable ? peers.filter(isPython) : []
  return {
    names: ['whitewater', ...peers.filter((peer) => !blocked.includes(peer))],
    blocked: blocked.map((peer) => [peer, { unavailable: pytorch.unavailable }]),
  }
}

async function run(options) {
  const cases = await loadCases()
  const names = select(
    'case',
    options.case,
    cases.map(({ name }) => name),
  )
  const peers = select('peer', options.peer, Object.keys(participants).slice(1))
  const selected = cases.filter(({ name }) => names.includes(name))
  if (options.list) {
    for (const { name, title, peers } of selected)
      console.log(`${name}: ${title} [${Object.keys(peers).join(', ')}]`)
    return
  }
  const pytorch = options.withPytorch
    ? pythonWithTorch(log)
    : { unavailable: 'not asked for; add --with-pytorch' }
  const machine = machineText()
  const kernels = (await engineFindings()).map(({ name, state, detail }) =>
    [`${name}: ${state}`, detail].filter(Boolean).join(', '),
  )
  const header = [machine, ...kernels].join('\n')
  if (options.json) log(`${header}\n`)
  else console.log(`${header}\n`)
  const all = []
  for (const benchmark of selected) {
    const { names, blocked } = split(benchmark, peers, pytorch)
    const measured = await compare(benchmark, names, { ...options, python: pytorch.python }, log)
    const results = new Map([...measured, ...blocked])
    all.push(...rows(benchmark, results).map((row) => ({ ...row, machine, kernels })))
    for (const warning of disagreements(benchmark, results)) log(`WARNING ${warning}`)
    const text = table(benchmark, results)
    if (options.json) log(`${text}\n`)
    else console.log(`${text}\n`)
  }
  if (options.json) console.log(JSON.stringify(all, null, 2))
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) console.log(usage)
  else await run(options)
} catch (error) {
  log(error.message)
  process.exitCode = 1
}
