// Trains the classifier of a recipe: cross-entropy on images shifted at random, AdamW with a cosine schedule, averaged weights.
import {
  float32Of,
  logSoftmax,
  mean,
  mul,
  ndarray,
  neg,
  oneHot,
  randomStream,
  sameShape,
  sizeOf,
  sum,
  type CompileOptions,
  type RandomStream,
} from '@whitewater/tensor'
import { arraysHash, sha256 } from '../../data/checksum.ts'
import { bytesOf } from '../../data/bytes.ts'
import type { Dataset } from '../../data/dataset.ts'
import { failureError } from '../../errors.ts'
import { checkLenetImage, lenet } from '../../nn/networks/lenet.ts'
import { namedParts } from '../../nn/scope.ts'
import { trainLoop, type FillBatch } from '../../training/loop.ts'
import { adamw } from '../../training/optimizer.ts'
import { rowOrder } from '../../training/rows.ts'
import type { Objective } from '../../training/step.ts'
import { accuracyOf, type Classifier } from './classifier.ts'
import type { Told } from './extractor.ts'
import type { Recipe } from './recipe.ts'

/** Steps over which the learning rate rises. */
const WARMUP_STEPS = 100
const AVERAGE_DECAY = 0.99

/** Value of empty paper, which moves in where an image is shifted. */
const PAPER_VALUE = -1

/** Copies an image [c, h, w] moved by (dx, dy) pixels into `out`. */
export function shiftImage(
  from: Float32Array,
  out: Float32Array,
  [channels, height, width]: readonly [number, number, number],
  [dx, dy]: readonly [number, number],
): void {
  out.fill(PAPER_VALUE)
  const left = Math.max(0, dx)
  const right = Math.min(width, width + dx)
  for (let row = 0; row < channels * height; row++) {
    const y = (row % height) - dy
    if (y < 0 || y >= height) continue
    const start = (row - dy) * width
    out.set(from.subarray(start + left - dx, start + right - dx), row * width + left)
  }
}

const objectiveOf = ({ batch, image, network }: Recipe): Objective => ({
  batch: { x: { shape: [batch, ...image] }, labels: { shape: [batch], dtype: 'int32' } },
  loss: (p, { x, labels }) => {
    const chosen = mul(logSoftmax(lenet(p, x, network).logits), oneHot(labels, network.classes))
    return neg(mean(sum(chosen, 1)))
  },
})

function filler({ samples, labels }: Dataset, { batch, image, shift, seed }: Recipe): FillBatch {
  const order = rowOrder(samples.shape[0], batch, randomStream(seed).split('rows'))
  const size = sizeOf(image)
  return (arrays, step, stream: RandomStream) => {
    const x = float32Of(arrays.x)
    const moves = stream.integers(2 * batch, 2 * shift + 1)
    for (let k = 0; k < batch; k++) {
      const row = order(step, k)
      const from = samples.data.subarray(row * size, (row + 1) * size)
      const move = [moves[2 * k] - shift, moves[2 * k + 1] - shift] as const
      shiftImage(from, x.subarray(k * size, (k + 1) * size), image, move)
      if (labels) arrays.labels[k] = labels[row]
    }
  }
}

function checkData(data: Dataset, { name, image, network: { classes } }: Recipe): void {
  checkLenetImage(data.name, data.samples.shape.slice(1))
  if (sameShape(data.samples.shape.slice(1), image) && data.classes === classes) return
  throw failureError(
    `features '${name}' are trained on images [${image.join(', ')}] of ${classes} classes, ${data.name} has [${data.samples.shape.slice(1).join(', ')}] of ${data.classes ?? 0}: give the right data`,
  )
}

export interface TrainingTerms {
  readonly engine?: CompileOptions
  readonly onProgress?: Told
  readonly signal?: AbortSignal
}

/**
 * Trains on the data's train split and measures on its test split.
 * @throws WhitewaterError (failure) when it is stopped, or the data does not fit the recipe
 */
export async function trainClassifier(recipe: Recipe, terms: TrainingTerms): Promise<Classifier> {
  const { engine, onProgress, signal } = terms
  const train = await recipe.load('train')
  const test = await recipe.load('test')
  for (const data of [train, test]) checkData(data, recipe)
  const { parameters, average, stopped } = await trainLoop(objectiveOf(recipe), filler(train, recipe), {
    engine,
    steps: Math.ceil((recipe.epochs * train.samples.shape[0]) / recipe.batch),
    seed: recipe.seed,
    optimizer: adamw({ weightDecay: recipe.weightDecay }),
    schedule: { kind: 'cosine', learningRate: recipe.learningRate, warmup: WARMUP_STEPS },
    averageDecay: AVERAGE_DECAY,
    onProgress: ({ step, steps }) => onProgress?.(step, steps),
    signal,
  })
  if (stopped) throw failureError(`training the features '${recipe.name}' was stopped: nothing was kept`)
  const weights = new Map(
    [...namedParts(parameters, average)].map(([name, { data, shape }]) => [name, ndarray(data, shape)]),
  )
  const { name, image, network } = recipe
  const classifier = { name, image, network, weights, hash: arraysHash(weights) }
  return {
    ...classifier,
    accuracy: await accuracyOf(classifier, test, engine),
    dataHash: sha256(bytesOf(train.samples.data), bytesOf(train.labels ?? new Int32Array(0))),
  }
}
