// The mixture that a residual knows: the classes themselves, or components found by expectation-maximisation in each class or in all data.
import { randomStream, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { flatten as rows, select } from '../../data/subset.ts'
import { flatten } from '../../linalg/covariance.ts'
import { fitGaussianMixture } from '../../linalg/gaussian-mixture.ts'
import { eigenOf } from '../../linalg/symmetric.ts'
import type { FitOptions, Settings } from '../preconditioner.ts'
import type { Basis, Gaussians } from './gaussians.ts'
import {
  borrowing,
  directionsOf,
  membersOfClasses,
  partOf,
  partsOfClasses,
  raised,
  together,
  type Directions,
} from './statistics.ts'

export interface MixtureChoice {
  readonly components?: number
  readonly basis: Basis
  readonly floor: number
  readonly pool?: number
}

export interface MixtureParts {
  /** The Gaussian of all data, which the network's input is even in. */
  readonly overall: Gaussians
  /** A Gaussian a component. */
  readonly components: Gaussians
  /** Weight of each component, for each label: zero for those of other classes; the null class comes last. One row without labels. */
  readonly weights: readonly Float64Array[]
}

interface Component {
  readonly weight: number
  readonly mean: Float64Array
  readonly directions: Directions
}

const UNLABELLED_COMPONENTS = 8

/** Components of one set of samples by expectation-maximisation. */
async function found(
  data: Dataset,
  count: number,
  { basis, floor }: MixtureChoice,
  { seed = 0, signal, engine }: FitOptions,
): Promise<Component[]> {
  const covariance = basis === 'none' ? 'diagonal' : 'full'
  const stream = randomStream(seed).split(`residual/${data.name}`)
  const fit = await fitGaussianMixture(flatten(rows(data)), {
    components: count,
    covariance,
    stream,
    engine,
    signal,
  })
  const d = fit.means.columns
  const limits = { name: data.name, floor }
  const components: Component[] = []
  for (const [k, own] of fit.covariances.entries()) {
    const mean = fit.means.data.slice(k * d, (k + 1) * d)
    const { values, vectors } =
      covariance === 'diagonal'
        ? { values: own.data.filter((_, at) => at % (d + 1) === 0), vectors: undefined }
        : await eigenOf(own).then((eigen) => ({ values: eigen.values, vectors: eigen.vectors.data }))
    components.push({ weight: fit.weights[k], mean, directions: raised(values, vectors, limits) })
  }
  return components
}

/** The classes themselves, one component each. */
async function classes(
  kind: string,
  data: Dataset,
  { basis, floor, pool }: MixtureChoice,
  engine?: CompileOptions,
) {
  const parts = await partsOfClasses(kind, data, basis === 'none', engine)
  const all = together(parts)
  const d = all.mean.length
  const limits = { name: data.name, floor }
  const components: Component[][] = []
  for (const [label, { scatter, divisor }] of borrowing(parts, pool ?? d + 1).entries()) {
    const directions = await directionsOf(scatter, divisor, limits, d)
    components.push([{ weight: 1, mean: parts[label].mean, directions }])
  }
  return components
}

/** Weights within each class, and those of all: a row a label, the null class last. */
function weightsOf(groups: readonly (readonly Component[])[], shares: readonly number[]): Float64Array[] {
  const flat = groups.flatMap((group, label) =>
    group.map((component) => ({ label, weight: component.weight })),
  )
  const ofClass = groups.map((_, own) =>
    Float64Array.from(flat, ({ label, weight }) => (label === own ? weight : 0)),
  )
  const ofAll = Float64Array.from(flat, ({ label, weight }) => shares[label] * weight)
  return groups.length > 1 || shares.length > 1 ? [...ofClass, ofAll] : [ofAll]
}

const gaussiansOf = (components: readonly Component[]): Gaussians => ({
  means: components.map(({ mean }) => mean),
  sets: components.map(({ directions }) => directions),
  setOfLabel: Int32Array.from(components.keys()),
})

async function groupsOf(
  kind: string,
  data: Dataset,
  choice: MixtureChoice,
  fitting: FitOptions,
): Promise<Component[][]> {
  if (!data.labels) return [await found(data, choice.components ?? UNLABELLED_COMPONENTS, choice, fitting)]
  const { components = 1 } = choice
  if (components === 1) return classes(kind, data, choice, fitting.engine)
  const groups: Component[][] = []
  for (const [label, members] of membersOfClasses(kind, data).entries()) {
    const part = { ...select(data, members), name: `${data.name}, class ${label}` }
    groups.push(await found(part, components, choice, fitting))
  }
  return groups
}

/** @throws WhitewaterError for data that cannot be fitted; the signal's reason when it is aborted */
export async function mixtureComponents(
  kind: string,
  data: Dataset,
  choice: MixtureChoice,
  fitting: FitOptions = {},
): Promise<{ parts: MixtureParts; description: Settings }> {
  const groups = await groupsOf(kind, data, choice, fitting)
  const { count, mean, scatter } = await partOf(data, choice.basis === 'none', fitting.engine)
  const whole = await directionsOf(scatter, count - 1, { name: data.name, floor: choice.floor }, mean.length)
  const shares = data.labels ? membersOfClasses(kind, data).map(({ length }) => length / count) : [1]
  const components = gaussiansOf(groups.flat())
  const sets = [whole, ...components.sets]
  return {
    parts: {
      overall: { means: [mean], sets: [whole], setOfLabel: Int32Array.of(0) },
      components,
      weights: weightsOf(groups, shares),
    },
    description: {
      floored: sets.reduce((sum, { floored }) => sum + floored, 0),
      features: mean.length,
      components: components.means.length,
      ...(data.classes !== undefined && { classes: data.classes }),
    },
  }
}
