// Is this data ill-conditioned for flow matching, and what would each preconditioner buy? kappa(S_t) along the path (Eq. 6, 13)
// and the gradient-descent iterations it implies (Eq. 17), for the data and for the data under each preconditioner.
import type { CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { flatten } from '../data/subset.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { flatten as samplesOf } from '../linalg/covariance.ts'
import { eigenvaluesSymmetric } from '../linalg/eigen.ts'
import { conditionOf } from '../linalg/roots.ts'
import { preconditioner, preconditionerKinds } from '../precondition/registry.ts'
import { gradientDescentSteps } from '../theory/descent.ts'
import { pathEigenvalues } from '../theory/gaussian.ts'
import { DEFAULT_DELTA } from './conditioning.ts'
import { recommend } from './recommend.ts'

/** The error that the iterations of Eq. 17 shrink to. */
export const EPSILON = 1e-2

export interface Conditioned {
  /** kappa of S_t + delta I, delta = 1e-6. */
  readonly kappa: number
  /** (kappa + 1) / 2 ln(1 / eps) with eps = 1e-2 (Eq. 17): a linear model, the best fixed step. */
  readonly gdIterations: number
}

export interface PathPoint extends Conditioned {
  readonly t: number
  /** The same under each preconditioner, by name. */
  readonly preconditioned: Readonly<Record<string, Conditioned>>
}

export interface Diagnosis {
  readonly samples: number
  readonly dimension: number
  /** Eigenvalues of the data's covariance (divisor N - 1), descending. */
  readonly spectrum: readonly number[]
  /** t = 0, 0.05, ..., 1. */
  readonly path: readonly PathPoint[]
  readonly recommendation: string
}

export interface DiagnoseOptions extends CompileOptions {
  readonly seed?: number
  /** Told what is measured next. */
  readonly onProgress?: (stage: string) => void
}

const TIMES = Array.from({ length: 21 }, (_, i) => i / 20)

/** S_t + delta I from the eigenvalues of the data's covariance. */
function conditionAt(spectrum: Float64Array, t: number): Conditioned {
  const kappa = conditionOf(pathEigenvalues(spectrum, t).map((value) => value + DEFAULT_DELTA))
  return { kappa, gdIterations: gradientDescentSteps(kappa, EPSILON) }
}

/** Descending; rounding below zero counts as zero. */
async function spectrumOf(data: Dataset, engine: CompileOptions): Promise<Float64Array> {
  const { covariance } = await covarianceOf(samplesOf(flatten(data)), engine)
  return eigenvaluesSymmetric(covariance).map((value) => Math.max(0, value))
}

async function preconditionedSpectrum(
  kind: string,
  data: Dataset,
  seed: number,
  engine: CompileOptions,
): Promise<Float64Array> {
  const fitted = await preconditioner(kind).fit(data, { ...engine, seed })
  try {
    const samples = await fitted.transform(data.samples, data.labels)
    return await spectrumOf({ ...data, samples }, engine)
  } finally {
    await fitted.dispose()
  }
}

/**
 * Measures a dataset and every preconditioner of the registry on it; O(n d^2 + d^3) each.
 * @throws WhitewaterError (failure) when all features are constant
 */
export async function diagnose(data: Dataset, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { device, threads, strict, load, seed = 0, onProgress } = options
  const engine: CompileOptions = { device, threads, strict, load }
  onProgress?.('covariance of the data')
  const own = await spectrumOf(data, engine)
  const others = new Map<string, Float64Array>()
  const usable = (kind: string) => !preconditioner(kind).needsLabels || data.labels !== undefined
  for (const kind of preconditionerKinds.filter((name) => name !== 'none' && usable(name))) {
    onProgress?.(`preconditioner ${kind}`)
    others.set(kind, await preconditionedSpectrum(kind, data, seed, engine))
  }
  const path = TIMES.map((t) => ({
    t,
    ...conditionAt(own, t),
    preconditioned: Object.fromEntries(
      [...others].map(([kind, spectrum]) => [kind, conditionAt(spectrum, t)]),
    ),
  }))
  const [samples, dimension] = [data.samples.shape[0], own.length]
  const spectrum = Array.from(own)
  return { samples, dimension, spectrum, path, recommendation: recommend({ samples, spectrum, path }) }
}
