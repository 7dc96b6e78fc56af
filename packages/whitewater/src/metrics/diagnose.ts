// Is this data ill-conditioned for flow matching, and what would each preconditioner buy? kappa(S_t) along the path (Eq. 6, 13)
// and the gradient-descent iterations it implies (Eq. 17), for the data and for the data under each preconditioner.
import type { SampleBlocks } from '../data/sample-blocks.ts'
import { conditionOf } from '../linalg/roots.ts'
import { preconditioner } from '../precondition/registry.ts'
import { gradientDescentSteps } from '../theory/descent.ts'
import { pathEigenvalues } from '../theory/gaussian.ts'
import { DEFAULT_DELTA, effectiveRank } from './conditioning.ts'
import { diagnoseClasses } from './diagnosis/classes.ts'
import { firstPass, type FirstPass } from './diagnosis/first-pass.ts'
import { measurePreconditioners, type Measured } from './diagnosis/preconditioned.ts'
import {
  EPSILON,
  type Conditioned,
  type DiagnoseOptions,
  type Diagnosis,
  type PathPoint,
  type PreconditionerDiagnosis,
} from './diagnosis/result.ts'
import { samplingEdges, supportOf } from './diagnosis/sampling.ts'
import { stopwatch } from './diagnosis/stages.ts'
import { recommend } from './recommend.ts'

const PATH_TIMES = Array.from({ length: 21 }, (_, i) => i / 20)

/** Directions narrower than this share of the widest are left to the floor of a preconditioner; 1e-6 is the floors' default. */
const LEAST_WIDE_SHARE = 1e-6

/** S_t + delta I from the eigenvalues of the data's covariance. */
function conditionAt(spectrum: Float64Array, t: number, delta: number): Conditioned {
  const kappa = conditionOf(pathEigenvalues(spectrum, t).map((value) => value + delta))
  return { kappa, gdIterations: gradientDescentSteps(kappa, EPSILON) }
}

function pathOf(spectrum: Float64Array, measured: readonly Measured[], delta: number): PathPoint[] {
  return PATH_TIMES.map((t) => ({
    t,
    ...conditionAt(spectrum, t, delta),
    preconditioned: Object.fromEntries(
      measured.map((one) => [one.kind, conditionAt(one.spectrum, t, delta)]),
    ),
  }))
}

/** What the covariance alone says. */
function factsOf({ spectrum, moments: { covariance } }: FirstPass, samples: number) {
  const d = spectrum.length
  const varying = spectrum.filter((_, j) => covariance.data[j * d + j] > 0).length
  return {
    spectrum: Array.from(spectrum),
    effectiveRank: effectiveRank(spectrum),
    support: supportOf(spectrum),
    wide: supportOf(spectrum, LEAST_WIDE_SHARE),
    sampling: samplingEdges(samples, varying),
  }
}

const largest = (path: readonly PathPoint[], of: (point: PathPoint) => Conditioned): number =>
  path.reduce((most, point) => Math.max(most, of(point).kappa), 1)

function reportOn(
  { spectrum, ...measured }: Measured,
  path: readonly PathPoint[],
  wide: number,
): PreconditionerDiagnosis {
  const maxKappa = largest(path, ({ preconditioned }) => preconditioned[measured.kind])
  return {
    ...measured,
    maxKappa,
    gdIterations: gradientDescentSteps(maxKappa, EPSILON),
    wideKappa: spectrum[0] / spectrum[wide - 1],
    spectrum: Array.from(spectrum),
  }
}

/** What data is diagnosed with unless told otherwise: one of each sort, since all full whitenings give the same spectrum. */
export const compared: readonly string[] = ['standardise', 'zca', 'class-standardise', 'class-zca']

/**
 * Measures data and what each preconditioner makes of it. One pass over the data serves the spectrum and every preconditioner that
 * depends on moments alone; O(n d^2 + d^3). Holds a few d x d matrices and one block of samples, whatever their number, and for
 * preconditioners that are fitted to samples up to 2 GiB of these.
 * @throws WhitewaterError (failure) when all features are constant or a class has no sample
 */
export async function diagnose(data: SampleBlocks, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { delta = DEFAULT_DELTA, preconditioners = compared.map((kind) => preconditioner(kind)) } = options
  const watch = stopwatch(options)
  const pass = await firstPass(data, watch, options)
  const { measured, skipped } = await measurePreconditioners(
    preconditioners.filter(({ kind }) => kind !== 'none'),
    { data, pass, watch, options },
  )
  const { classes, skipped: unmeasured } = await diagnoseClasses(data, watch, options)
  const path = pathOf(pass.spectrum, measured, delta)
  const facts = factsOf(pass, data.shape[0])
  const evidence = {
    samples: data.shape[0],
    ...facts,
    maxKappa: largest(path, (point) => point),
    classes,
    preconditioners: measured.map((one) => reportOn(one, path, facts.wide.dimension)),
  }
  return {
    ...evidence,
    dimension: facts.spectrum.length,
    delta,
    path,
    skipped: [...skipped, ...unmeasured],
    ...recommend(evidence),
    eigenSolver: pass.solverName,
    streamed: data.streamed ?? false,
    ...watch.log(),
  }
}
