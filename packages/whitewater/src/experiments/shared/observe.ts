// Training under observation: one run of an experiment that is looked at on the way. And what experiments say of many runs.
import type { Dataset } from '../../data/dataset.ts'
import type { Generator } from '../../generator/generator.ts'
import { train, type TrainOptions } from '../../runs/run.ts'
import type { FieldNetwork } from '../../nn/network.ts'
import type { Preconditioner } from '../../precondition/preconditioner.ts'
import type { Measuring } from '../runner/experiment.ts'

/** Solver tolerance of experiments' draws, absolute and relative. */
export const TOLERANCE = 1e-5

/**
 * How experiments draw samples: adaptively. Near t = 1 an ill-conditioned flow ends along its narrow directions within a time of
 * sqrt(lambda_min), which Heun's usual 50 steps pass over: the comparison would be one of solvers.
 */
export const solverAt = (tolerance: number) => ({ method: 'dopri5', tolerance }) as const

/** About `count` steps from `first` to `last`, evenly spaced on a logarithmic axis, without repetitions. */
export function logSpacedSteps(first: number, last: number, count: number): number[] {
  const ratio = last / first
  const steps = Array.from({ length: count }, (_, k) => Math.round(first * ratio ** (k / (count - 1))))
  return [...new Set(steps)]
}

export interface Watched<T> {
  readonly data: Dataset
  readonly preconditioner: Preconditioner
  readonly field: FieldNetwork
  readonly steps: number
  readonly batch: number
  readonly seed: number
  /** Other choices of training; its defaults otherwise. */
  readonly training?: Pick<
    TrainOptions,
    'learningRate' | 'schedule' | 'averageDecay' | 'labelDrop' | 'residual'
  >
  /** Steps after which to look. */
  readonly at: readonly number[]
  readonly look: (generator: Generator, step: number) => Promise<T>
}

export interface Seen<T> {
  readonly generator: Generator
  /** What `look` gave, in the order of the steps. */
  readonly looks: readonly (T & { readonly step: number })[]
  readonly losses: readonly { readonly step: number; readonly loss: number }[]
}

/** Trains once; the generator that comes back is the caller's to dispose. */
export async function trainWatched<T extends object>(
  { at, look, training, ...run }: Watched<T>,
  { engine, onProgress, signal }: Measuring,
): Promise<Seen<T>> {
  const looks: (T & { step: number })[] = []
  const losses: { step: number; loss: number }[] = []
  const generator = await train({
    ...training,
    ...run,
    engine,
    hooks: {
      signal,
      onProgress({ step, steps, loss }) {
        losses.push({ step, loss })
        onProgress(step, steps)
      },
      snapshots: { at, take: async (now, step) => void looks.push({ ...(await look(now, step)), step }) },
    },
  })
  signal?.throwIfAborted()
  return { generator, looks, losses }
}

/** Mean over repetitions with the standard deviation of one (divisor n - 1; 0 for a single one). */
export interface Spread {
  readonly mean: number
  readonly deviation: number
  readonly count: number
}

export function spreadOf(values: readonly number[]): Spread {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count }
}

/** Items that share a key, keys in order of first appearance. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

/** Numbers as a results file keeps them: enough digits for a picture. */
export const rounded = (values: ArrayLike<number>, digits = 5): number[] =>
  Array.from(values, (value) => Number(value.toPrecision(digits)))

/** 0, 1, ..., count - 1, or as many as were asked for. */
export const seedsOf = (asked: number | undefined, own: number): number[] =>
  Array.from({ length: asked ?? own }, (_, seed) => seed)
