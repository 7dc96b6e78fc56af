// What is made of the runs of the mixtures experiment: scores of each configuration, what fresh data scores, and what theory predicts.
import { gaussianOf, pathCondition, velocityEigenvalues } from '../../theory/gaussian.ts'
import { componentwiseWhitened, mixtureCovariance, type Mixture } from '../../theory/mixture.ts'
import { exactWhitening, preconditioned } from '../../theory/preconditioned.ts'
import type { Draw, kinds, Run } from './settings.ts'
import { lowEigenvalueErrors, type Discrepancy } from './measures.ts'
import { groupBy, spreadOf, type Spread } from '../shared/observe.ts'

export type Kind = (typeof kinds)[number]

export const TIMES = Array.from({ length: 41 }, (_, i) => i / 40)

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Scores of samples, at the end and on the way; lower is better. */
export const watchedScores = {
  lowEigenvalue: (draw: Discrepancy) => average(lowEigenvalueErrors(draw)),
  worst: (draw: Discrepancy) => Math.max(...lowEigenvalueErrors(draw)),
  mmd: (draw: Discrepancy) => draw.mmd,
  mmdWhitened: (draw: Discrepancy) => draw.mmdWhitened,
}
export type WatchedScore = keyof typeof watchedScores

const scores = { ...watchedScores, slicedWasserstein: (draw: Draw) => draw.slicedWasserstein }
export type Score = keyof typeof scores

/** All runs of one mixture (its seeds are different draws of the components' axes). */
export interface Configuration {
  readonly components: number
  readonly conditionNumbers: readonly number[]
  /** The largest of the components. */
  readonly conditionNumber: number
  readonly runs: (kind: Kind) => readonly Run[]
  /** Mean over seeds of a score. */
  readonly score: (kind: Kind, score: Score) => Spread
  /** The largest score, in size, of fresh data in place of samples: a generator at or below it cannot be told from the data. */
  readonly floor: Readonly<Record<Score, number>>
  /** The same with as few samples as are looked at on the way. */
  readonly watchedFloor: Readonly<Record<WatchedScore, number>>
  /** How many pairs of sets of data these are the largest of. */
  readonly floorPairs: number
}

function configurationOf(runs: readonly Run[]): Configuration {
  const { conditionNumbers } = runs[0].settings
  const components = conditionNumbers.length
  const conditionNumber = Math.max(...conditionNumbers)
  const byKind = groupBy(runs, ({ settings }) => settings.kind)
  const of = (kind: Kind) => byKind.get(kind) ?? []
  const fresh = (byKind.get('data') ?? []).flatMap(({ result }) => result.draws)
  // in size: an unbiased estimate of 0 is negative as often as not, and the largest of a few says how far it strays
  const largest = (score: Score): number => Math.max(...fresh.map((draw) => Math.abs(scores[score](draw))))
  const largestWatched = (score: WatchedScore): number =>
    Math.max(...fresh.flatMap(({ watched }) => (watched ? [Math.abs(watchedScores[score](watched))] : [])))
  return {
    components,
    conditionNumbers,
    conditionNumber,
    runs: of,
    floorPairs: fresh.length,
    score: (kind, score) => spreadOf(of(kind).flatMap(({ result }) => result.draws.map(scores[score]))),
    floor: {
      lowEigenvalue: largest('lowEigenvalue'),
      worst: largest('worst'),
      mmd: largest('mmd'),
      mmdWhitened: largest('mmdWhitened'),
      slicedWasserstein: largest('slicedWasserstein'),
    },
    watchedFloor: {
      lowEigenvalue: largestWatched('lowEigenvalue'),
      worst: largestWatched('worst'),
      mmd: largestWatched('mmd'),
      mmdWhitened: largestWatched('mmdWhitened'),
    },
  }
}

export interface Configurations {
  /** Whose components are equally conditioned, in the order of the grid. */
  readonly equal: readonly Configuration[]
  /** Whose components are not. */
  readonly unequal: readonly Configuration[]
}

export function configurationsOf(runs: readonly Run[]): Configurations {
  const all = [...groupBy(runs, ({ settings }) => settings.conditionNumbers.join()).values()].map(
    configurationOf,
  )
  const isEqual = ({ conditionNumbers }: Configuration) => new Set(conditionNumbers).size === 1
  return { equal: all.filter(isEqual), unequal: all.filter((one) => !isEqual(one)) }
}

/** kappa(S_t) of the worst of several spectra (Cor. 3.10). */
export const worstCondition = (spectra: readonly ArrayLike<number>[], t: number): number =>
  Math.max(...spectra.map((spectrum) => pathCondition(Float64Array.from(spectrum), t)))

/** The largest kappa(S_t) along the path. */
export const largestCondition = (spectra: readonly ArrayLike<number>[]): number =>
  Math.max(...TIMES.map((t) => worstCondition(spectra, t)))

/** A measure of trained runs, over seeds. */
export const overSeeds = (
  runs: readonly Run[],
  of: (trained: NonNullable<Run['result']['trained']>) => number,
): Spread => spreadOf(runs.flatMap(({ result: { trained } }) => (trained ? [of(trained)] : [])))

/** The largest kappa of a component along the path, after P, over seeds. */
export const kappaOf = (configuration: Configuration, kind: Kind): Spread =>
  overSeeds(configuration.runs(kind), ({ spectra }) => largestCondition(spectra))

/** The exact spectra of the components after the exact P of this kind. */
export function exactSpectra(kind: Kind, mixture: Mixture): Float64Array[] {
  if (kind === 'none') return mixture.components.map(({ eigen }) => eigen.values)
  if (kind === 'class-zca') return componentwiseWhitened(mixture).components.map(({ eigen }) => eigen.values)
  const p = exactWhitening(gaussianOf(mixtureCovariance(mixture)))
  return mixture.components.map((component) => preconditioned(component, p).eigen.values)
}

/**
 * Least possible loss per feature when components are known: the mean of integral_0^1 lambda / ((1-t)^2 + t^2 lambda) dt =
 * (pi / 2) lambda^{1/2} over eigenvalues of all components (Lemma 3.2's irreducible term, integrated over uniform t).
 */
export const irreducibleLoss = (spectra: readonly (readonly number[])[]): number =>
  (Math.PI / 2) * average(spectra.flat().map(Math.sqrt))

/** Variance that Heun's method on the exact velocity gives a direction of variance lambda, over lambda: the solver's error alone. */
export function heunVariance(lambda: number, steps: number): number {
  const slope = (t: number): number => velocityEigenvalues(Float64Array.of(lambda), t)[0]
  const h = 1 / steps
  let x = 1
  for (let i = 0; i < steps; i++) {
    const first = slope(i * h)
    const second = slope(Math.min(1, (i + 1) * h))
    x *= 1 + (h / 2) * (first + second * (1 + h * first))
  }
  return (x * x) / lambda
}
