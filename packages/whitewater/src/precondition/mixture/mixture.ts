// Mixture whitening (appendix F.2): a Gaussian mixture fitted by expectation-maximisation sorts the samples, and each component is
// whitened by a map of its own, P_k = Sigma_k^-1/2. The component's label goes with the sample, so that P is invertible.
import { sizeOf } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset } from '../../data/dataset.ts'
import { usageError } from '../../errors.ts'
import { optionTexts } from '../../kinds/named-kind.ts'
import type { MixtureFit } from '../../linalg/gaussian-mixture.ts'
import { covarianceForms } from '../../linalg/mixture-update.ts'
import { perClassMap, restoreMaps } from '../classes/class-maps.ts'
import { pooledMoments } from '../classes/class-moments.ts'
import { kindOf, type Kind, type Restore } from '../kind.ts'
import { mixtureTensors, restoredMixtures, sorter, type Mixtures, type Sorter } from './components.ts'
import {
  bicOf,
  chosenMixtures,
  countOf,
  momentsOfComponents,
  partsOf,
  type MixtureOptions,
  type Request,
} from './fit.ts'
import { fitMomentsEach } from '../classes/per-class.ts'
import {
  isFromMoments,
  type FittedPreconditioner,
  type FitOptions,
  type Preconditioner,
  type Settings,
} from '../preconditioner.ts'
import { zca } from '../linear/zca.ts'

export type { MixtureOptions } from './fit.ts'

export const mixturePrefix = 'mixture-'

interface Fitted {
  readonly mixtures: Mixtures
  readonly sorted: Sorter
  readonly options: Settings
  readonly description: Settings
  readonly maps: readonly FittedPreconditioner[]
}

function fittedMixture({ mixtures, sorted, options, description, maps }: Fitted): FittedPreconditioner {
  const { kind, features } = mixtures
  const map = perClassMap({ kind, options, features, description, maps })
  return {
    ...map,
    components: sorted,
    tensors: new Map([...map.tensors, ...mixtureTensors(mixtures)]),
    async dispose() {
      await map.dispose()
      await sorted.dispose()
    },
  }
}

function describeMixture(
  fits: readonly MixtureFit[],
  maps: readonly FittedPreconditioner[],
  { data, inner }: { data: Dataset; inner: Settings },
): Settings {
  const counts = partsOf('', data).map(countOf)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const logLikelihood = fits.reduce((sum, fit, at) => sum + fit.logLikelihood * (counts[at] / total), 0)
  return {
    ...inner,
    floored: maps.reduce((sum, map) => sum + Number(map.describe().floored ?? 0), 0),
    features: sizeOf(data.samples.shape.slice(1)),
    components: fits[0].weights.length,
    ...(data.labels && { classes: fits.length }),
    weights: fits.flatMap(({ weights }) => [...weights].map((weight) => weight.toPrecision(3))).join(', '),
    logLikelihood,
    bic: bicOf(fits),
    passes: Math.max(...fits.map(({ history }) => history.length)),
    converged: fits.every(({ converged }) => converged),
  }
}

/** Samples a dimension that a component is filled up to with such as vary like all components within, as while it was sorted. */
const LEAST_SAMPLES_A_DIMENSION = 2

async function fit(
  { request, inner }: { request: Request; inner: Preconditioner },
  given: Dataset,
  fitting: FitOptions = {},
): Promise<FittedPreconditioner> {
  const { kind, components, covariance, restarts } = request
  const { engine } = fitting
  const features = given.samples.shape.slice(1)
  const parts = partsOf(kind, given)
  const byClass = await chosenMixtures(parts, { request, fitting })
  const mixtures = { kind, features, byClass, conditional: given.labels !== undefined }
  const sorted = sorter(mixtures, engine)
  const labels = await sorted.assign(given.samples, given.labels)
  const moments = await momentsOfComponents(mixtures, { data: given, labels, engine })
  const least = LEAST_SAMPLES_A_DIMENSION * sizeOf(features)
  const filled = pooledMoments(moments, (freedom) => Math.max(0, least - freedom))
  const maps = await fitMomentsEach(inner, filled, fitting)
  return fittedMixture({
    mixtures,
    sorted,
    maps,
    options: { ...inner.options, components, covariance, restarts },
    description: describeMixture(byClass, maps, { data: given, inner: inner.options }),
  })
}

/**
 * Sorts samples into the components of a Gaussian mixture and whitens each component by itself: kappa = 1 along the path of every
 * component (F.2), where one whitening for all leaves clusters and differently turned shapes as they are. Components are found within
 * each class where the data has labels. Where P's labels are wanted, they are those of `components.assign`. A component of fewer than
 * 2 d samples is filled up with the covariance within all components. O(n K d^2) a pass of expectation-maximisation, in float64;
 * exact inverse. Does not help data that is no mixture: the cuts between components then only add edges.
 * @param inner the map of each component, fitted to mean and covariance: zca unless given
 * @throws WhitewaterError (usage) for an inner map that is not fitted to mean and covariance
 */
export function mixture(options: MixtureOptions = {}, inner: Preconditioner = zca()): Preconditioner {
  const kind = mixturePrefix + inner.kind
  if (!isFromMoments(inner))
    throw usageError(
      `${kind}: this ${inner.kind} is not fitted to mean and covariance alone: choose zca or another linear map`,
    )
  const { components = 4, most = 10, covariance = 'full', restarts = 4 } = options
  const { iterations = 200, tolerance = 1e-6 } = options
  const request = { kind, components, most, covariance, restarts, iterations, tolerance }
  return {
    kind,
    options: { ...inner.options, components, covariance, restarts },
    mapSize(dimension, classes) {
      const each = (inner.mapSize?.(dimension, 1) ?? 2 * dimension ** 2) + dimension ** 2
      return classes * (components === 'auto' ? most : components) * each
    },
    fit: (data, fitting) => fit({ request, inner }, data, fitting),
  }
}

const restoreMixture =
  (restoreInner: Restore): Restore =>
  (saved, engine) => {
    const mixtures = restoredMixtures(saved)
    const sorted = sorter(mixtures, engine)
    const maps = restoreMaps(saved, mixtures.byClass.length * sorted.perClass, restoreInner, engine)
    return fittedMixture({ mixtures, sorted, maps, options: saved.options, description: saved.description })
  }

const whole = (what: string) => z.number().int().min(1).optional().describe(what)

const shape = {
  components: z
    .union([z.literal('auto'), z.number().int().min(1)], { error: "expected a whole number or 'auto'" })
    .optional()
    .describe(
      "components, of each class where the data has classes; 'auto' takes the number of least BIC; 4 unless given",
    ),
  most: whole("most components that 'auto' tries; 10 unless given"),
  covariance: z
    .enum(covarianceForms)
    .optional()
    .describe("components' covariances: full unless given, shared by all, or diagonal"),
  restarts: whole('k-means++ starts that are tried; 4 unless given'),
  iterations: whole('most passes over the data; 200 unless given'),
  tolerance: z
    .number()
    .min(0)
    .optional()
    .describe('settled once a pass gains less, in nats a sample and dimension; 1e-6 unless given'),
}

/** The kind that whitens components by maps of another kind, whose options it takes beside its own. */
export function mixtureKindOf(inner: Kind): Kind {
  const name = mixturePrefix + inner.name
  const about = `a Gaussian mixture sorts the samples, each component has a ${inner.name} of its own (F.2): clusters without labels`
  const restore = restoreMixture(inner.restore)
  const isOwn = ([option]: readonly [string, unknown]): boolean => option in shape
  return {
    name,
    about,
    options: { ...optionTexts(shape), ...inner.options },
    trained: true,
    restore,
    make(options) {
      const given = Object.entries(options)
      const map = inner.make(Object.fromEntries(given.filter((entry) => !isOwn(entry))))
      const own = kindOf({ name, about, options: shape, make: (checked) => mixture(checked, map), restore })
      return own.make(Object.fromEntries(given.filter(isOwn)))
    },
  }
}
