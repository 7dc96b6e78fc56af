// Effective GFLOP/s of the three passes of a 3 x 3 convolution (padding 1) by shape, beside a large matrix product in the
// same run: what the choice of algorithms in packages/tensor/src/operations/conv*.ts rests on.
// node benchmarks/conv.js [threads]
import { compile, conv2d, gradient, input, matmul, reshape, sizeOf, slice } from '@whitewater/tensor'

const threads = Number(process.argv[2] ?? 2)
/** Batch, inputs, outputs, pixels a side. */
const shapes = [
  [1024, 256, 256, 4],
  [256, 64, 64, 4],
  [256, 32, 32, 4],
  [256, 128, 128, 8],
  [256, 64, 64, 8],
  [64, 128, 128, 14],
  [64, 256, 256, 16],
  [32, 64, 64, 28],
  [32, 128, 128, 32],
  [1024, 4, 256, 4],
  [1024, 256, 4, 4],
]

const noise = (shape) => Float32Array.from({ length: sizeOf(shape) }, () => Math.random() - 0.5)

/** The first element only: to copy the whole result out would take longer than many a pass. */
async function prepared(output, inputs, flops) {
  const program = await compile(
    { inputs, outputs: { first: slice(reshape(output, [-1]), [0], [1]) } },
    { device: 'cpu', threads },
  )
  const values = Object.fromEntries(inputs.map((x) => [x.origin.name, noise(x.shape)]))
  await program.run(values)
  return { program, values, flops, best: Infinity }
}

async function passes([n, c, o, side]) {
  const x = input('x', [n, c, side, side])
  const w = input('w', [o, c, 3, 3])
  const dy = input('dy', [n, o, side, side])
  const y = conv2d(x, w, undefined, { padding: 1 })
  const [dx] = gradient(y, [x], dy)
  const [dw] = gradient(y, [w], dy)
  const flops = 18 * n * c * o * side * side
  return [
    await prepared(y, [x, w], flops),
    await prepared(dx, [w, dy], flops),
    await prepared(dw, [x, dy], flops),
  ]
}

/** Taking turns, the best of several: other load on the machine then falls on all alike. */
async function measure(runs, rounds = 7) {
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) {
      const start = performance.now()
      await run.program.run(run.values)
      run.best = Math.min(run.best, performance.now() - start)
    }
  }
  for (const { program } of runs) await program.dispose()
  return runs.map(({ flops, best }) => flops / best / 1e6)
}

const row = (cells) => console.log(cells.map((cell, at) => String(cell).padStart(at === 0 ? 26 : 9)).join(''))

row(['shape', 'forward', 'input', 'weight', 'product'])
for (const shape of shapes) {
  const a = input('a', [1024, 1024])
  const b = input('b', [1024, 1024])
  const product = await prepared(matmul(a, b), [a, b], 2 * 1024 ** 3)
  const rates = await measure([...(await passes(shape)), product])
  const [n, c, o, side] = shape
  row([`[${n}, ${c}, ${side}, ${side}] to ${o}`, ...rates.map((rate) => rate.toFixed(0))])
}
