// Milliseconds of processor time of one batch of 64 samples: an exported file in ONNX Runtime beside the generator it came from, one
// thread, Heun, largest difference of the samples in units of their spread.
// node benchmarks/export.js
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray, randomStream, sizeOf } from '@whitewater/tensor'
import { cnn, mlp, preconditioner, residualMlp, train } from 'whitewater'

const { InferenceSession, Tensor } = createRequire(
  new URL('../packages/tensor/package.json', import.meta.url),
)('onnxruntime-node')

const batch = 64
const classes = 10
const runs = 9
const cases = [
  { name: 'mlp 3 x 256 on 2', field: mlp({ width: 256, depth: 3 }), features: [2], steps: 20 },
  {
    name: 'residual-mlp 4 x 384 on 64',
    field: residualMlp(),
    features: [64],
    steps: 20,
    guidances: [0, 1.5],
  },
  { name: 'cnn 256 on 4 x 4 x 4', field: cnn(), features: [4, 4, 4], steps: 4 },
]

const stream = randomStream(0)
const normal = (count, features) => ndarray(stream.normal(count * sizeOf(features)), [count, ...features])
const labelsOf = (count) => Int32Array.from({ length: count }, (_, i) => i % classes)

/** Two steps: what is timed does not depend on the weights, but a network whose last layer is zero says nothing. */
function generatorOf({ field, features, guidances }) {
  const samples = normal(640, features)
  const data = { name: 'normal', samples, ...(guidances && { labels: labelsOf(640), classes }) }
  return train({
    data,
    field,
    preconditioner: preconditioner('none'),
    steps: 2,
    batch,
    engine: { threads: 1 },
  })
}

/** What `run` gives, and the median of its processor time. */
async function timed(run) {
  const result = await run()
  const times = []
  for (let i = 0; i < runs; i++) {
    const start = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / 1000)
  }
  return { result, ms: times.sort((a, b) => a - b)[runs >> 1] }
}

async function compare(entry, file) {
  const { name, features, steps, guidances } = entry
  const generator = await generatorOf(entry)
  await generator.export(file, { method: 'heun', steps })
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const noise = normal(batch, features)
  const labels = guidances && labelsOf(batch)
  for (const guidance of guidances ?? [0]) {
    const own = await timed(() => generator.decode(noise, { method: 'heun', steps, guidance, labels }))
    const feeds = {
      noise: new Tensor('float32', noise.data, noise.shape),
      ...(labels && {
        labels: new Tensor('int32', labels, [batch]),
        guidance: new Tensor('float32', [guidance], []),
      }),
    }
    const exported = await timed(() => session.run(feeds))
    const a = own.result.data
    const b = exported.result.samples.data
    const spread = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0) / a.length)
    const apart = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0) / spread
    console.log(
      [
        `${name}, ${steps} steps${labels ? `, guidance ${guidance}` : ''}`.padEnd(52),
        `file ${exported.ms.toFixed(0)} ms`.padEnd(14),
        `generator ${own.ms.toFixed(0)} ms`.padEnd(20),
        `apart ${apart.toExponential(1)}`,
      ].join(''),
    )
  }
  await session.release()
  await generator.dispose()
}

const folder = mkdtempSync(join(tmpdir(), 'whitewater-export-'))
try {
  for (const entry of cases) await compare(entry, join(folder, 'generator.onnx'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
