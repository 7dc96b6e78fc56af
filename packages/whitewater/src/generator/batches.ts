// What a training step sees: the flow matching loss of a network, and batches of the data for it.
import { float32Of, randomStream, sizeOf, type Tensor } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import type { Field } from '../flow/field.ts'
import { independent } from '../flow/coupling/registry.ts'
import { matchingLoss } from '../flow/objective.ts'
import type { FieldNetwork } from '../nn/network.ts'
import type { FillBatch } from '../training/loop.ts'
import { fillRows, rowOrder } from '../training/rows.ts'
import type { Objective } from '../training/step.ts'
import type { FieldForm } from './parts.ts'
import type { TrainingPlan } from './plan.ts'

/** What the network is trained for, beside its settings. */
export interface Target {
  readonly form: FieldForm
  /** Shape of one sample. */
  readonly features: readonly number[]
  /** Labels that the field knows. */
  readonly classes?: number
}

/** The flow matching loss of a network on batches of `batch` transformed samples. */
export function objectiveOf(
  network: FieldNetwork,
  { form, features, classes }: Target,
  { batch, labelDrop, weight }: Pick<TrainingPlan, 'batch' | 'labelDrop' | 'weight'>,
): Objective {
  const { path, prediction, residual } = form
  const weigh = residual?.weigh
  const matching = {
    path,
    prediction,
    weight,
    ...(weigh && { weigh: (error: Tensor, t: Tensor, labels?: Tensor) => weigh(error, path, { t, labels }) }),
  }
  const shape = [batch, ...features]
  const conditional = classes !== undefined
  return {
    batch: {
      x0: { shape },
      x1: { shape },
      t: { shape: [batch] },
      ...(conditional && { labels: { shape: [batch], dtype: 'int32' as const }, drop: { shape: [batch] } }),
    },
    loss(p, { x0, x1, t, labels, drop }) {
      const built: Field = (x, at, y) => network.build(p, { x, t: at, labels: y, classes })
      return matchingLoss(residual ? residual.field(built, path) : built, matching, {
        x0,
        x1,
        t,
        labels,
        ...(conditional && { drop: { uniforms: drop, probability: labelDrop, classes } }),
      })
    },
  }
}

/** Row `rows[k]` comes to stand at k. */
function reorder(x: Float32Array, rows: Int32Array, size: number): void {
  const given = x.slice()
  rows.forEach((row, k) => {
    x.set(given.subarray(row * size, (row + 1) * size), k * size)
  })
}

/** Fills each step's batch: rows of the data, noise, times, and the uniforms that decide which labels are dropped. */
export function batchFiller(
  data: Dataset,
  { batch: rows, seed, times, coupling }: Pick<TrainingPlan, 'batch' | 'seed' | 'times' | 'coupling'>,
): FillBatch {
  const order = rowOrder(data.samples.shape[0], rows, randomStream(seed).split('rows'))
  const size = sizeOf(data.samples.shape.slice(1))
  return (batch, step, stream) => {
    const { labels } = data
    const x1 = fillRows({ x: batch.x1, labels: batch.labels }, data, (index) => order(step, index))
    const x0 = float32Of(batch.x0)
    stream.normal(x0)
    if (coupling !== independent) {
      const own = labels && Int32Array.from(batch.labels, Number)
      const pairs = coupling.pair(x0, x1, {
        n: rows,
        d: size,
        labels: own,
        stream: stream.split('coupling'),
      })
      reorder(x0, pairs, size)
    }
    float32Of(batch.t).set(times.sample(stream, rows))
    if (labels) stream.uniform(float32Of(batch.drop))
  }
}
