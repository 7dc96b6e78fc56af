// How mixture whitening is fitted: a Gaussian mixture for each class, of as many components as are asked for or as the Bayesian
// information criterion takes, and the moments of what each component is given.
import { randomStream, sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { select } from '../../data/subset.ts'
import { usageError } from '../../errors.ts'
import { flatten } from '../../linalg/covariance.ts'
import { fitGaussianMixture, TRIAL_PASSES, type MixtureFit } from '../../linalg/gaussian-mixture.ts'
import { matrix } from '../../linalg/matrix.ts'
import type { CovarianceForm } from '../../linalg/mixture-update.ts'
import { rowsByClass } from '../classes/class-maps.ts'
import { classMomentsOfEach, type ClassMoments } from '../classes/class-moments.ts'
import type { Mixtures } from './components.ts'
import { dataMoments } from '../linear/moments.ts'
import type { FitOptions } from '../preconditioner.ts'

export interface MixtureOptions {
  /** Components, of each class where the data has classes; 'auto' takes the number of least BIC. 4 unless given. */
  readonly components?: number | 'auto'
  /** Most components that 'auto' tries; 10 unless given. */
  readonly most?: number
  /** What the components' covariances may be while samples are sorted: 'full' unless given. */
  readonly covariance?: CovarianceForm
  /** k-means++ starts that are tried; 4 unless given. */
  readonly restarts?: number
  /** Most passes over the data; 200 unless given. */
  readonly iterations?: number
  /** Settled once a pass gains less than this, in nats a sample and dimension; 1e-6 unless given. */
  readonly tolerance?: number
}

/** Options with their defaults, and the kind's name for messages. */
export type Request = Required<MixtureOptions> & { readonly kind: string }

/** The samples of each class, or all of them where there are no classes; without labels, which the fit does not look at. */
export function partsOf(kind: string, { name, samples, labels, classes }: Dataset): Dataset[] {
  if (!labels || classes === undefined) return [{ name, samples }]
  return rowsByClass(kind, labels, classes).map((rows, label) => ({
    name: `${name}, class ${label}`,
    samples: select({ name, samples }, rows).samples,
  }))
}

export const countOf = ({ samples }: Dataset): number => samples.shape[0]

/** @throws WhitewaterError (usage) unless every part has two samples a component */
function checkCounts(kind: string, parts: readonly Dataset[], components: number): void {
  const short = parts.find((part) => countOf(part) < 2 * components)
  if (short)
    throw usageError(
      `${short.name}: ${countOf(short)} samples are too few for ${components} components, ${kind} needs 2 of each: ask for fewer components, or drop classes that small`,
    )
}

/** A mixture of `components` for each part. */
async function mixturesOf(
  parts: readonly Dataset[],
  components: number,
  { request, fitting = {} }: { request: Request; fitting?: FitOptions },
): Promise<MixtureFit[]> {
  const { kind, covariance, restarts, iterations, tolerance } = request
  const { seed = 0, engine, signal, onProgress } = fitting
  checkCounts(kind, parts, components)
  const steps = parts.length * (TRIAL_PASSES * restarts + iterations)
  const fits: MixtureFit[] = []
  let before = 0
  for (const [at, part] of parts.entries()) {
    let passes = 0
    const fit = await fitGaussianMixture(flatten(part.samples), {
      components,
      covariance,
      restarts,
      iterations,
      tolerance,
      signal,
      engine,
      stream: randomStream(seed).split(`mixture ${at}`),
      onPass(count, logLikelihood) {
        passes = count
        onProgress?.({ kind, step: before + count, steps, loss: -logLikelihood })
      },
    })
    before += passes
    fits.push(fit)
  }
  return fits
}

export const bicOf = (fits: readonly MixtureFit[]): number => fits.reduce((sum, { bic }) => sum + bic, 0)

/** Numbers of components in a row that must not lower the BIC before 'auto' stops. */
const BIC_PATIENCE = 2

/** The mixtures asked for; with 'auto', those of the number of components at which the BIC of all parts together is least. */
export async function chosenMixtures(
  parts: readonly Dataset[],
  by: { request: Request; fitting?: FitOptions },
): Promise<MixtureFit[]> {
  const { components, most } = by.request
  if (components !== 'auto') return mixturesOf(parts, components, by)
  let best = await mixturesOf(parts, 1, by)
  const affordable = Math.min(...parts.map((part) => Math.floor(countOf(part) / 2)), most)
  for (let count = 2, worse = 0; count <= affordable && worse < BIC_PATIENCE; count++) {
    const fits = await mixturesOf(parts, count, by)
    worse = bicOf(fits) < bicOf(best) ? 0 : worse + 1
    if (worse === 0) best = fits
  }
  return best
}

/**
 * Moments of the samples that each component is given: P whitens what the generator will be trained on, which where components overlap
 * is not quite the fitted covariance. A component that is given none has its fitted mean and no variance.
 */
export async function momentsOfComponents(
  { kind, byClass, conditional, features }: Mixtures,
  { data, labels, engine }: { data: Dataset; labels: Int32Array; engine?: CompileOptions },
): Promise<ClassMoments[]> {
  const perClass = byClass[0].weights.length
  const d = sizeOf(features)
  const rows = rowsByClass(kind, labels, byClass.length * perClass)
  const all: ClassMoments[] = []
  for (const [label, indices] of rows.entries()) {
    const of = Math.floor(label / perClass)
    const k = label % perClass
    const name = `${data.name}, ${conditional ? `class ${of}, ` : ''}component ${k}`
    const { samples } = select({ name, samples: data.samples }, indices)
    const mean = byClass[of].means.data.subarray(k * d, (k + 1) * d)
    const [moments] =
      indices.length > 0
        ? await classMomentsOfEach([{ name, samples }], engine)
        : [{ ...dataMoments({ name, features, mean, covariance: matrix(d, d) }), count: 1 }]
    all.push(moments)
  }
  return all
}
