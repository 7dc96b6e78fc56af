// Fitting RealNVP by maximum likelihood (section 4 of the paper): Adam on batches, and the weights that do best on held-out samples.
import { compile, input, randomStream, sizeOf, type CompileOptions, type NdArray } from '@whitewater/tensor'
import type { Dataset } from '../../../data/dataset.ts'
import { declare, namedParts, type Parameter } from '../../../nn/scope.ts'
import { trainLoop, type FillBatch } from '../../../training/loop.ts'
import { adam } from '../../../training/optimizer.ts'
import { rowOrder } from '../../../training/rows.ts'
import type { Objective } from '../../../training/step.ts'
import type { FitOptions } from '../../preconditioner.ts'
import { negativeLogLikelihood, type RealNvp } from './graph.ts'

/** How often held-out samples are looked at in a whole run. */
const LOOKS_A_RUN = 40
/** Steps between looks are a multiple of this, so that runs of several unrolled steps stay whole. */
const LOOK_MULTIPLE = 8

export interface Fitted {
  readonly weights: ReadonlyMap<string, NdArray>
  /** Steps that were taken, and the one whose weights are kept. */
  readonly steps: number
  readonly bestStep: number
  /** Held-out -log p of standardised samples, nats a dimension. */
  readonly heldOut: number
}

/** Standardised samples, [count, d] or [count, ...features]. */
export interface Parts {
  readonly train: Dataset
  readonly heldOut: Dataset
}

const labelled = (rows: number) => ({ labels: { shape: [rows], dtype: 'int32' as const } })

function objectiveOf(flow: RealNvp): Objective {
  const { batch } = flow.settings
  return {
    batch: {
      x: { shape: [batch, sizeOf(flow.features)] },
      ...(flow.classes !== undefined && labelled(batch)),
    },
    loss: (p, { x, labels }) => negativeLogLikelihood(p, flow, x, labels),
  }
}

function filler({ settings, features }: RealNvp, { samples, labels }: Dataset, seed: number): FillBatch {
  const { batch, noise } = settings
  const size = sizeOf(features)
  const order = rowOrder(samples.shape[0], batch, randomStream(seed).split('rows'))
  return ({ x, labels: classes }, step, stream) => {
    const jitter = noise > 0 ? stream.normal(batch * size) : undefined
    for (let index = 0; index < batch; index++) {
      const row = order(step, index)
      for (let j = 0; j < size; j++) {
        const at = index * size + j
        x[at] = samples.data[row * size + j] + (jitter ? noise * jitter[at] : 0)
      }
      if (labels && classes) classes[index] = labels[row]
    }
  }
}

/** The loss of given weights on all of `data` at once. */
async function evaluator(flow: RealNvp, { samples, labels }: Dataset, engine?: CompileOptions) {
  const [count] = samples.shape
  const x = input('x', [count, sizeOf(flow.features)])
  const y = flow.classes === undefined ? undefined : input('labels', [count], 'int32')
  const { result, parameters, tensors } = declare((p) => negativeLogLikelihood(p, flow, x, y))
  const state = Object.fromEntries(parameters.map(({ name }, i) => [name, { current: tensors[i] }]))
  const program = await compile({ inputs: y ? [x, y] : [x], outputs: { loss: result }, state }, engine)
  return {
    async loss(flat: Float32Array): Promise<number> {
      for (const [name, { data }] of namedParts(parameters, flat)) await program.writeState(name, data)
      const inputs = { x: samples.data, ...(y && labels && { labels }) }
      return Number((await program.run(inputs)).loss.data[0])
    },
    weightsOf: (flat: Float32Array) => named(parameters, flat),
    dispose: () => program.dispose(),
  }
}

interface Look {
  readonly loss: number
  readonly step: number
  readonly weights: Float32Array
}

/** Keeps the best weights seen, and stops training when there have been no better ones for long. */
function keeper(patience: number, stop: () => void) {
  let best: Look = { loss: Infinity, step: 0, weights: new Float32Array(0) }
  let waited = 0
  return {
    best: () => best,
    see(look: Look): void {
      waited = look.loss < best.loss ? 0 : waited + 1
      if (look.loss < best.loss) best = look
      if (waited >= patience) stop()
    },
  }
}

const named = (parameters: readonly Parameter[], flat: Float32Array): Map<string, NdArray> =>
  new Map(namedParts(parameters, flat))

export interface Fitting extends Omit<FitOptions, 'looks'> {
  /** Added to the loss that is told. */
  readonly offset: number
  /** Lends the weights as they are after these steps. */
  readonly lend?: {
    readonly at: readonly number[]
    take(weights: ReadonlyMap<string, NdArray>, step: number): Promise<void>
  }
}

/**
 * @throws WhitewaterError when the loss is no longer finite
 * @throws the reason of `fit.signal` when that is aborted
 */
export async function fitRealNvp(flow: RealNvp, { train, heldOut }: Parts, fit: Fitting): Promise<Fitted> {
  const { settings } = flow
  const { seed = 0, signal, onProgress, offset, lend, engine } = fit
  const held = await evaluator(flow, heldOut, engine)
  const enough = new AbortController()
  const kept = keeper(settings.patience, () => enough.abort())
  const every = LOOK_MULTIPLE * Math.ceil(settings.steps / LOOKS_A_RUN / LOOK_MULTIPLE)
  const looks = Array.from({ length: Math.floor(settings.steps / every) + 1 }, (_, look) => look * every)
  looks.push(settings.steps)
  const take = async (weights: Float32Array, at: number): Promise<void> => {
    if (looks.includes(at)) kept.see({ loss: await held.loss(weights), step: at, weights })
    if (lend?.at.includes(at)) await lend.take(held.weightsOf(weights), at)
  }
  try {
    const { parameters, step } = await trainLoop(objectiveOf(flow), filler(flow, train, seed), {
      engine,
      optimizer: adam(),
      clip: 5,
      averageDecay: 0.99,
      seed,
      steps: settings.steps,
      schedule: { kind: settings.schedule, learningRate: settings.learningRate, warmup: 0 },
      signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
      snapshots: { at: [...looks, ...(lend?.at ?? [])], take },
      onProgress: (progress) => onProgress?.({ kind: 'real-nvp', ...progress, loss: progress.loss + offset }),
    })
    signal?.throwIfAborted()
    const best = kept.best()
    return { weights: named(parameters, best.weights), steps: step, bestStep: best.step, heldOut: best.loss }
  } finally {
    await held.dispose()
  }
}
