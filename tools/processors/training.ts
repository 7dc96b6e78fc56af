// A few training steps of every network, and samples of a generator: numbers that must agree between processors.
import {
  cnn,
  flowPreconditioner,
  identity,
  mlp,
  realNvp,
  residualMlp,
  train,
  trainAutoencoder,
  type Dataset,
  type FieldNetwork,
  type Preconditioner,
} from 'whitewater'
import { ndarray, randomStream } from '@whitewater/tensor'
import type { Checked } from './operations.ts'

const ROWS = 96
const CLASSES = 3

/** Rows whose features mix normals, with labels in turn. */
function rows(name: string, features: readonly number[]): Dataset {
  const size = features.reduce((all, extent) => all * extent, 1)
  const data = randomStream(1).normal(ROWS * size)
  for (let at = data.length - 1; at > 0; at--) data[at] = Math.tanh(data[at] + 0.7 * data[at - 1])
  const labels = Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES)
  return { name, samples: ndarray(data, [ROWS, ...features]), labels, classes: CLASSES }
}

const points = rows('points', [8])
const latents = rows('latents', [4, 4, 4])
const images = rows('images', [3, 12, 10])

/** Every network, where its kernels differ by size at both sizes. */
const fields: Readonly<
  Record<string, { data: Dataset; field: FieldNetwork; preconditioner: Preconditioner }>
> = {
  mlp: { data: points, field: mlp({ width: 32, depth: 2 }), preconditioner: identity() },
  'residual-mlp': { data: latents, field: residualMlp({ width: 48, depth: 2 }), preconditioner: identity() },
  'cnn on 4 x 4': { data: latents, field: cnn({ width: 64 }), preconditioner: identity() },
  'cnn on 12 x 10': { data: images, field: cnn({ width: 24 }), preconditioner: identity() },
  'mlp behind real-nvp': {
    data: points,
    field: mlp({ width: 32, depth: 2 }),
    preconditioner: realNvp({ couplings: 2, width: 16, steps: 3 }),
  },
  'mlp behind a flow': {
    data: points,
    field: mlp({ width: 32, depth: 2 }),
    preconditioner: flowPreconditioner({ network: 'tiny', steps: 3, solverSteps: 8 }),
  },
}

/** Losses of the first steps, and samples by a fixed and by an adaptive solver. */
export async function trainedNumbers(): Promise<Checked> {
  const numbers: Record<string, number[]> = {}
  const engine = { device: 'cpu', threads: 1 } as const
  for (const [name, { data, field, preconditioner }] of Object.entries(fields)) {
    const losses: number[] = []
    const generator = await train({
      data,
      field,
      preconditioner,
      steps: 3,
      batch: 32,
      seed: 0,
      warmup: 0,
      learningRate: 1e-3,
      engine,
      hooks: { onProgress: ({ loss }) => void losses.push(loss) },
    })
    numbers[`${name}: loss`] = losses
    const { data: samples } = await generator.sample(4, { method: 'heun', steps: 4 })
    numbers[`${name}: Heun`] = Array.from(samples.subarray(0, 16))
    await generator.dispose()
  }
  const losses: number[] = []
  const settings = { width: 16, blocks: 1, halvings: 1, steps: 3, batch: 8, warmup: 0, learningRate: 1e-3 }
  const { autoencoder } = await trainAutoencoder({
    engine,
    ...settings,
    data: images,
    hooks: { onProgress: ({ loss }) => void losses.push(loss) },
  })
  numbers['autoencoder: loss'] = losses
  if (autoencoder) {
    const encoded = await autoencoder.encode(ndarray(images.samples.data.slice(0, 720), [2, 3, 12, 10]))
    numbers['autoencoder: latents'] = Array.from(encoded.data.subarray(0, 16))
    await autoencoder.dispose()
  }
  return { checks: Object.keys(numbers).length, faults: [], numbers }
}
