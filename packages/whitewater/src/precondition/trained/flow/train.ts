// Trains the velocity field of a flow preconditioner by flow matching (Eq. 2): cheap, because it need only be roughly right.
import { float32Of, randomStream } from '@whitewater/tensor'
import type { Dataset } from '../../../data/dataset.ts'
import { flowMatchingLoss } from '../../../flow/objective.ts'
import { linearPath } from '../../../flow/path.ts'
import { parametersOf, type FieldNetwork } from '../../../nn/network.ts'
import { namedParts } from '../../../nn/scope.ts'
import { trainLoop, type FillBatch } from '../../../training/loop.ts'
import { adam } from '../../../training/optimizer.ts'
import { fillRows } from '../../../training/rows.ts'
import type { Objective } from '../../../training/step.ts'
import type { FitOptions } from '../../preconditioner.ts'
import { fieldOf, type TrainedNetwork } from './network.ts'

export interface FlowTraining {
  readonly steps: number
  readonly batch: number
  readonly learningRate: number
}

/** What training is where nothing is asked for. The smallest network takes many steps: they cost next to nothing. */
export const usualTraining = (network: string): FlowTraining =>
  network === 'tiny'
    ? { steps: 12_000, batch: 256, learningRate: 1e-2 }
    : { steps: 3000, batch: 256, learningRate: 3e-3 }

function objectiveOf(
  network: FieldNetwork,
  features: readonly number[],
  classes: number | undefined,
  batch: number,
): Objective {
  const shape = [batch, ...features]
  return {
    batch: {
      x0: { shape },
      x1: { shape },
      t: { shape: [batch] },
      ...(classes !== undefined && { labels: { shape: [batch], dtype: 'int32' as const } }),
    },
    loss: (p, { x0, x1, t, labels }) =>
      flowMatchingLoss(fieldOf(network, classes, p), linearPath, {
        x0,
        x1,
        t,
        labels,
      }),
  }
}

/** Rows drawn with replacement, noise, and times. */
const filler =
  (data: Dataset): FillBatch =>
  (batch, _, stream) => {
    const rows = stream.integers(batch.t.length, data.samples.shape[0])
    fillRows({ x: batch.x1, labels: batch.labels }, data, (index) => rows[index])
    stream.normal(float32Of(batch.x0))
    stream.uniform(float32Of(batch.t))
  }

/** Fits the network to data of scale one; conditional where they have labels. */
export async function trainFlow(
  network: FieldNetwork,
  data: Dataset,
  { steps, batch, learningRate }: FlowTraining,
  { seed = 0, onProgress, signal, engine }: FitOptions,
  lend?: { readonly at: readonly number[]; take(trained: TrainedNetwork, step: number): Promise<void> },
): Promise<TrainedNetwork> {
  signal?.throwIfAborted()
  const { classes } = data
  const features = data.samples.shape.slice(1)
  const objective = objectiveOf(network, features, classes, batch)
  const parameters = parametersOf(network, features, classes)
  const asTrained = (flat: Float32Array): TrainedNetwork => ({
    network,
    weights: new Map(namedParts(parameters, flat)),
    ...(classes !== undefined && { classes }),
  })
  const trained = await trainLoop(objective, filler(data), {
    engine,
    steps,
    signal,
    seed: randomStream(seed).split('flow preconditioner').state.key,
    optimizer: adam(),
    clip: 1,
    averageDecay: 0.999,
    schedule: { kind: 'cosine', learningRate, warmup: Math.min(100, Math.ceil(steps / 10)) },
    ...(lend && {
      snapshots: { at: lend.at, take: (average, step) => lend.take(asTrained(average), step) },
    }),
    onProgress: (at) => onProgress?.({ kind: 'flow', step: at.step, steps: at.steps, loss: at.loss }),
  })
  signal?.throwIfAborted()
  return asTrained(trained.average)
}
