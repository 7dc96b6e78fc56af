// Where one run of a case goes, by kind of operation: ONNX Runtime's own profile of the program on one thread, the least time of
// each node over the runs, so that other work on the machine hardly shows.
// node benchmarks/profile.js CASE [runs] [--operations]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allocate, sizeOf } from '@whitewater/tensor'
import { cases } from './whitewater.js'

const { InferenceSession, Tensor } = createRequire(
  new URL('../packages/tensor/package.json', import.meta.url),
)('onnxruntime-node')

const kinds = {
  products: ['Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul', 'Conv', 'FusedConv'],
  normalisation: ['LayerNormalization', 'SimplifiedLayerNormalization', 'SkipLayerNormalization'],
  reductions: ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceSumSquare', 'ReduceL2', 'FusedReduceSum'],
  moving: ['Transpose', 'Concat', 'Split', 'Slice', 'Pad', 'Gather', 'Reshape', 'Expand', 'Identity'],
}

/** An optimizer's passes run over flat vectors; a network's over matrices and images. */
function kindOf({ op_name: operation, output_type_shape: outputs }) {
  const [shape] = Object.values(outputs[0] ?? {})
  const named = Object.keys(kinds).find((kind) => kinds[kind].includes(operation))
  if (named) return named
  return shape?.length === 1 && shape[0] > 1024 ? 'passes of the optimizer' : 'pointwise'
}

/** Normal inputs, zeros for state: what is timed does not depend on the values. */
function feedsOf({ inputs, state }) {
  const filled = ({ dtype, shape }) => {
    const data = allocate(dtype, sizeOf(shape))
    if (dtype === 'float32') data.fill(0.5)
    return new Tensor(dtype, data, [...shape])
  }
  return Object.fromEntries([
    ...inputs.map((port) => [port.name, filled(port)]),
    ...state.map((port) => [port.input, filled(port)]),
  ])
}

async function profile(model, runs) {
  const folder = mkdtempSync(join(tmpdir(), 'whitewater-profile-'))
  try {
    const session = await InferenceSession.create(model.bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      enableMemPattern: false,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
    })
    const feeds = feedsOf(model)
    for (let i = 0; i < runs; i++) await session.run(feeds)
    session.endProfiling()
    return JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Per node its least time in microseconds, what it is and its shapes. */
function nodesOf(events) {
  const nodes = new Map()
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue
    const before = nodes.get(name)
    nodes.set(name, { args, us: Math.min(dur, before?.us ?? Infinity) })
  }
  return [...nodes.values()]
}

function totals(nodes, keyOf) {
  const sums = new Map()
  for (const { args, us } of nodes) {
    const { us: sum = 0, count = 0 } = sums.get(keyOf(args)) ?? {}
    sums.set(keyOf(args), { us: sum + us, count: count + 1 })
  }
  return [...sums].sort(([, a], [, b]) => b.us - a.us)
}

const shapesOf = ({ input_type_shape: given, output_type_shape: made }) =>
  [given, made].map((list) => list.map((each) => `[${Object.values(each)[0]}]`).join(' ')).join(' -> ')

const [name, runs = '7'] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
if (!(name in cases)) throw new Error(`case ${name}: expected one of ${Object.keys(cases).join(', ')}`)
const { model, dispose } = await cases[name]()
const nodes = nodesOf(await profile(model, Number(runs)))
const whole = nodes.reduce((sum, { us }) => sum + us, 0)
const row = ([key, { us, count }]) =>
  `${(us / 1000).toFixed(2).padStart(9)} ms ${((100 * us) / whole).toFixed(1).padStart(5)} % ${String(count).padStart(5)}  ${key}`

console.log(`${name}: ${(whole / 1000).toFixed(1)} ms in ${nodes.length} nodes, one thread`)
for (const line of totals(nodes, kindOf)) console.log(row(line))
if (process.argv.includes('--operations'))
  for (const line of totals(nodes, (args) => `${args.op_name} ${shapesOf(args)}`).slice(0, 40))
    console.log(row(line))
await dispose()
