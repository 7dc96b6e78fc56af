// Flow matching and denoising score matching by training: whatever a network predicts, its flow and its SDE sample the data.
import { float32Of, ndarray, randomStream, type NdArray } from '@whitewater/tensor'
import { expect, test } from 'vitest'
import { sigmaDiffusion } from '../flow/diffusion.ts'
import type { Field } from '../flow/field.ts'
import { integrate } from '../flow/integrate.ts'
import { matchingLoss } from '../flow/objective.ts'
import { linearPath } from '../flow/path.ts'
import { cosinePath, vpPath } from '../flow/paths.ts'
import {
  dataPrediction,
  noisePrediction,
  scorePrediction,
  velocityField,
  velocityPrediction,
} from '../flow/prediction.ts'
import { stochasticHeun } from '../flow/sde-methods.ts'
import { compileSde } from '../flow/sde.ts'
import { heun } from '../flow/solvers.ts'
import { uniformWeight, velocityWeight } from '../flow/weight.ts'
import { residualMlp } from '../nn/networks/residual-mlp.ts'
import { namedParts } from '../nn/scope.ts'
import { constantWeights } from '../nn/weights.ts'
import { trainLoop } from './loop.ts'
import { adam } from './optimizer.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const batch = 256

/** x1 = L z for L = [[1, 0], [0.6, 0.45]]: a condition number of about 10. */
const covariance = [1, 0.6, 0.6, 0.5625]
const correlated = (z: Float32Array): Float32Array =>
  z.map((value, i) => (i % 2 === 0 ? value : 0.6 * z[i - 1] + 0.45 * value))

function covarianceOf({ data, shape: [n] }: NdArray): number[] {
  const at = (row: number, column: number) => Number(data[2 * row + column])
  const rows = Array.from({ length: n }, (_, row) => row)
  return [0, 1, 2, 3].map((k) => rows.reduce((sum, row) => sum + at(row, k >> 1) * at(row, k % 2), 0) / n)
}

/** The loss of Ho et al. lets noise near t = 0 and data near t = 1 err more than the velocity there can bear. */
test.each([
  { prediction: velocityPrediction, path: linearPath, weight: uniformWeight },
  { prediction: dataPrediction, path: linearPath, weight: velocityWeight },
  { prediction: noisePrediction, path: cosinePath, weight: velocityWeight },
  { prediction: scorePrediction, path: vpPath(), weight: uniformWeight },
])('$prediction.name on the path $path.name, weight $weight.name', async ({ prediction, path, weight }) => {
  const network = residualMlp({ width: 32, depth: 1 })
  const { parameters, average } = await trainLoop(
    {
      batch: { x0: { shape: [batch, 2] }, x1: { shape: [batch, 2] }, t: { shape: [batch] } },
      loss: (p, { x0, x1, t }) =>
        matchingLoss((x, at) => network.build(p, { x, t: at }), { path, prediction, weight }, { x0, x1, t }),
    },
    (arrays, _, stream) => {
      const [x0, x1, t] = [arrays.x0, arrays.x1, arrays.t].map(float32Of)
      stream.normal(x0)
      x1.set(correlated(stream.normal(2 * batch)))
      stream.uniform(t)
    },
    {
      engine: cpu,
      steps: 1000,
      seed: 1,
      optimizer: adam(),
      clip: 1,
      averageDecay: 0.99,
      schedule: { kind: 'cosine', learningRate: 5e-3, warmup: 50 },
    },
  )
  const scope = constantWeights(namedParts(parameters, average))
  const trained: Field = (x, t) => network.build(scope, { x, t })
  const field = velocityField(trained, path, prediction)

  const x0 = ndarray(randomStream(7).normal(2 * 4000), [4000, 2])
  const request = { from: 0, to: 1, steps: 50 }
  const flow = await integrate(x0, { field, method: heun, ...request }, cpu)
  const spec = { field, path, method: stochasticHeun, diffusion: sigmaDiffusion(), shape: x0.shape }
  const solver = await compileSde(spec, cpu)
  const noisy = await solver.solve(x0, { ...request, stream: randomStream(8) })
  await solver.dispose()
  // Sampling error is 0.02 of each variance; the rest is what a second of training leaves.
  for (const { x } of [flow, noisy])
    covarianceOf(x).forEach((value, k) => expect(Math.abs(value - covariance[k])).toBeLessThan(0.12))
})
