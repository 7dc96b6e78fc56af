// What each preconditioner makes of the data: its spectrum, what the fit cost, and how faithfully it maps back.
import { sizeOf } from '@whitewater/tensor'
import { runningMomentsOf, type SampleBlocks } from '../../data/sample-blocks.ts'
import { WhitewaterError } from '../../errors.ts'
import type { Matrix } from '../../linalg/matrix.ts'
import { finishMoments } from '../../linalg/streaming.ts'
import { eigenvaluesOf } from '../../linalg/symmetric.ts'
import { withComponents } from '../../precondition/chain.ts'
import {
  isFromMoments,
  roundTripError,
  type FittedPreconditioner,
  type FitOptions,
  type FromMoments,
  type Preconditioner,
} from '../../precondition/preconditioner.ts'
import type { FirstPass } from './first-pass.ts'
import type { DiagnoseOptions, Diagnosis, PreconditionerDiagnosis } from './result.ts'
import { gather, through } from './passes.ts'
import type { Blocks, Stopwatch } from './stages.ts'

/** Bytes of samples that a preconditioner which is not fitted to moments gets to see. */
const MOST_SAMPLE_BYTES = 2 ** 31

/** Bytes of maps that may be held; the engine holds them twice more. */
const MOST_MAP_BYTES = 2 ** 30

export interface Study {
  readonly data: SampleBlocks
  readonly pass: FirstPass
  readonly watch: Stopwatch
  readonly options: DiagnoseOptions
}

export type Measured = Pick<
  PreconditionerDiagnosis,
  'kind' | 'byClass' | 'fitSeconds' | 'fittedTo' | 'roundTripError' | 'description'
> & {
  /** Descending; rounding below zero counts as zero. */
  readonly spectrum: Float64Array
}

type Fit = Pick<Measured, 'fitSeconds' | 'fittedTo'> & { readonly fitted: FittedPreconditioner }

const fitOptionsOf = ({ engine, seed = 0 }: DiagnoseOptions): FitOptions => ({ engine, seed })

/** Seconds of a fit by itself: what it shares with others, the pass and the eigendecomposition, is counted in. */
async function fitMoments(
  one: FromMoments,
  { pass: { moments }, watch, options, data }: Study,
): Promise<Fit> {
  let shared = watch.secondsOf('covariance')
  const eigen: typeof moments.eigen = () => {
    shared += watch.secondsOf('eigendecomposition')
    return moments.eigen()
  }
  const name = `fit ${one.kind}`
  const fitted = await watch.stage(name, () => one.fitMoments({ ...moments, eigen }, fitOptionsOf(options)))
  return { fitted, fitSeconds: shared + watch.secondsOf(name), fittedTo: data.shape[0] }
}

async function fitSamples(one: Preconditioner, { data, watch, options }: Study): Promise<Fit> {
  const most = Math.floor(MOST_SAMPLE_BYTES / (4 * sizeOf(data.shape.slice(1))))
  const held = await watch.stage('samples into memory', (count) => gather(data, count(data), most))
  const name = `fit ${one.kind}`
  const fitted = await watch.stage(name, () => one.fit(held, fitOptionsOf(options)))
  return { fitted, fitSeconds: watch.secondsOf(name), fittedTo: held.samples.shape[0] }
}

async function* mapped(fitted: FittedPreconditioner, { labels }: SampleBlocks, blocks: Blocks): Blocks {
  let start = 0
  for await (const block of blocks) {
    const end = start + block.shape[0]
    const own = labels?.subarray(start, end)
    yield await fitted.transform(block, fitted.components ? await fitted.components.assign(block, own) : own)
    start = end
  }
}

/** Covariance of P(x): from the data's own where P is linear, else from a pass over the transformed samples. */
function covarianceAfter(
  fitted: FittedPreconditioner,
  { data, pass, watch, options }: Study,
): Promise<Matrix> {
  return watch.stage(`covariance under ${fitted.kind}`, async (count) => {
    if (fitted.covarianceAfter) return fitted.covarianceAfter(pass.moments.covariance)
    const preconditioned = through(data, mapped(fitted, data, count(data)))
    return finishMoments(await runningMomentsOf(preconditioned, options.engine)).covariance
  })
}

/** Discs so small beside every eigenvalue that their centres will do. */
const NEGLIGIBLE_RADIUS = 1e-9

/**
 * The diagonal, descending, where it is the eigenvalues up to 1e-9 of each: all lie within Gershgorin's discs. A whitened covariance passes
 * nearly always, and a decomposition at d = 4096 takes longer than the whitening.
 */
function diagonalEigenvalues({ data, rows: d }: Matrix): Float64Array | undefined {
  const centres = new Float64Array(d)
  let widest = 0
  for (let i = 0; i < d; i++) {
    let radius = 0
    for (let j = 0; j < d; j++) if (j !== i) radius += Math.abs(data[i * d + j])
    widest = Math.max(widest, radius)
    centres[i] = data[i * d + i]
  }
  centres.sort().reverse()
  return widest <= NEGLIGIBLE_RADIUS * centres[d - 1] ? centres : undefined
}

async function measure(one: Preconditioner, study: Study): Promise<Measured> {
  const { kind } = one
  const { watch, options, pass } = study
  const fit = await (isFromMoments(one) ? fitMoments(one, study) : fitSamples(one, study))
  const { fitted, fitSeconds, fittedTo } = fit
  try {
    const sigma = await covarianceAfter(fitted, study)
    const values =
      diagonalEigenvalues(sigma) ??
      (await watch.stage(
        `eigenvalues under ${kind}`,
        async () => (await eigenvaluesOf(sigma, { solver: options.solver })).values,
      ))
    const { samples, labels } = await withComponents(fitted, pass.probe.dataset())
    const error = await watch.stage(`round trip of ${kind}`, () => roundTripError(fitted, samples, labels))
    const spectrum = values.map((value) => Math.max(0, value))
    const byClass = one.needsLabels ?? false
    const description = fitted.describe()
    return { kind, byClass, fitSeconds, fittedTo, roundTripError: error, spectrum, description }
  } finally {
    await fitted.dispose()
  }
}

/** Why a preconditioner is not for this data, before anything is fitted. */
function reasonAgainst(
  one: Preconditioner,
  { labels, classes = 1, shape }: SampleBlocks,
): string | undefined {
  if (one.needsLabels && !labels) return 'needs labels'
  const bytes = 8 * (one.mapSize?.(sizeOf(shape.slice(1)), classes) ?? 0)
  return bytes > MOST_MAP_BYTES
    ? `its maps of ${classes} classes would take ${(bytes / 2 ** 30).toFixed(1)} GiB, more than is good for a diagnosis`
    : undefined
}

/** Measures one after the other; what cannot be fitted to this data is left out with its reason. */
export async function measurePreconditioners(
  all: readonly Preconditioner[],
  study: Study,
): Promise<{ measured: Measured[]; skipped: Diagnosis['skipped'] }> {
  const measured: Measured[] = []
  const skipped: { kind: string; reason: string }[] = []
  for (const one of all) {
    const against = reasonAgainst(one, study.data)
    if (against !== undefined) {
      skipped.push({ kind: one.kind, reason: against })
      continue
    }
    try {
      measured.push(await measure(one, study))
    } catch (error) {
      if (!(error instanceof WhitewaterError)) throw error
      skipped.push({ kind: one.kind, reason: error.message })
    }
  }
  return { measured, skipped }
}
