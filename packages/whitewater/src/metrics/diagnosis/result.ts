// What a diagnosis says: plain data, which `whitewater diagnose --json` prints as it is (an infinite number as null).
import type { CompileOptions } from '@whitewater/tensor'
import type { EigenOptions } from '../../linalg/symmetric.ts'
import type { Preconditioner, Settings } from '../../precondition/preconditioner.ts'
import type { SamplingEdges, Support } from './sampling.ts'
import type { Stage, StopwatchOptions } from './stages.ts'

export interface DiagnoseOptions extends EigenOptions, StopwatchOptions {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  readonly seed?: number
  /** Ridge added to measured covariances, in squared data units; 1e-6 unless given. */
  readonly delta?: number
  /** What to measure, simplest first; all of the registry unless given. */
  readonly preconditioners?: readonly Preconditioner[]
}

/** The error that the iterations of Eq. 17 shrink to. */
export const EPSILON = 1e-2

export interface Conditioned {
  /** kappa of S_t + delta I. */
  readonly kappa: number
  /** (kappa + 1) / 2 ln(1 / eps) with eps = 1e-2: as many suffice (Eq. 17), for a linear model with the best fixed step. */
  readonly gdIterations: number
}

export interface PathPoint extends Conditioned {
  readonly t: number
  /** The same under each preconditioner, by name. */
  readonly preconditioned: Readonly<Record<string, Conditioned>>
}

export interface PreconditionerDiagnosis {
  readonly kind: string
  /** Whether it maps each class by itself, and so is for class-conditional generators. */
  readonly byClass: boolean
  /** Largest kappa along the path. */
  readonly maxKappa: number
  /** (maxKappa + 1) / 2 ln(1 / eps) (Eq. 17, sufficient). */
  readonly gdIterations: number
  /** kappa of as many of its widest directions as the data has wide ones. */
  readonly wideKappa: number
  /** Wall time of the fit by itself, with the pass over the data and the eigendecomposition that it needs. */
  readonly fitSeconds: number
  /** Samples that it was fitted to: all, unless they had to be held in memory and were too many. */
  readonly fittedTo: number
  /** |P^-1(P(x)) - x| / |x| over up to 2048 samples, evenly spaced. */
  readonly roundTripError: number
  /** Eigenvalues of the covariance of P(x), descending. */
  readonly spectrum: readonly number[]
  /** What the fit says of itself: floors that were hit, parameters. */
  readonly description: Settings
}

export interface ClassDiagnosis {
  readonly label: number
  readonly samples: number
  /** kappa of the class's covariance + delta I. */
  readonly kappa: number
  /** Directions in which the class varies, and kappa on them. */
  readonly support: Support
}

export interface Diagnosis {
  readonly samples: number
  readonly dimension: number
  /** Eigenvalues of the data's covariance (divisor N - 1), descending. */
  readonly spectrum: readonly number[]
  /** exp of the spectrum's entropy: d for a flat one, 1 for a single direction. */
  readonly effectiveRank: number
  /** Largest kappa along the path, with delta. */
  readonly maxKappa: number
  /** Added to every variance where kappa is measured (G.3), in squared data units. */
  readonly delta: number
  /** Directions that vary at all, and kappa on them, without delta. */
  readonly support: Support
  /** Directions with more than 1e-6 of the largest variance, those that a floor leaves alone, and kappa on them. */
  readonly wide: Support
  readonly sampling: SamplingEdges
  /** t = 0, 0.05, ..., 1. */
  readonly path: readonly PathPoint[]
  readonly preconditioners: readonly PreconditionerDiagnosis[]
  /** Preconditioners that were not measured, and why. */
  readonly skipped: readonly { readonly kind: string; readonly reason: string }[]
  /** Where labels are there. */
  readonly classes?: readonly ClassDiagnosis[]
  /** The preconditioner's name; 'none' where none is needed or none helps. */
  readonly recommended: string
  /** What to do, and why. */
  readonly recommendation: string
  /** What the numbers do not say. */
  readonly caveats: readonly string[]
  /** What decomposed the covariances. */
  readonly eigenSolver: string
  /** Whether the samples were read block by block instead of being held in memory. */
  readonly streamed: boolean
  /** What took how long, in order. */
  readonly stages: readonly Stage[]
  readonly seconds: number
}

/** Whether some directions are too narrow for any map to even out, so that all maps are judged by kappa on the others. */
export const hasNarrow = ({ wide, spectrum }: Pick<Diagnosis, 'wide' | 'spectrum'>): boolean =>
  wide.dimension < spectrum.length
