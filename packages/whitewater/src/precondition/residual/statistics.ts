// What a Gaussian residual is fitted to: mean and covariance of all data, of each class, and within classes, from one pass over the
// samples of each class; the law of total covariance gives those of all data.
import type { CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { flatten as rows, select } from '../../data/subset.ts'
import { failureError, usageError } from '../../errors.ts'
import { flatten, mean as meanOf } from '../../linalg/covariance.ts'
import { marginalsOf } from '../../linalg/marginals.ts'
import { matrix } from '../../linalg/matrix.ts'
import { accumulateMoments, inBlocks } from '../../linalg/moments.ts'
import { eigenOf } from '../../linalg/symmetric.ts'
import { checkLabels } from '../programs.ts'

/** Some samples' mean, and the sum of their outer products about it: [d, d], or its diagonal [d] alone. */
export interface Part {
  readonly count: number
  readonly mean: Float64Array
  readonly scatter: Float64Array
}

/** Covariance of one Gaussian as the engine needs it. */
export interface Directions {
  /** Variances, raised to the floor, [d]. */
  readonly values: Float64Array
  /** Eigenvectors as columns, [d, d]; absent where the directions are the features themselves. */
  readonly vectors?: Float64Array
  readonly floored: number
}

/** O(n d^2), or O(n d) for variances alone. */
export async function partOf(data: Dataset, diagonal: boolean, engine?: CompileOptions): Promise<Part> {
  const samples = flatten(rows(data))
  if (diagonal) {
    if (samples.n < 2)
      return { count: samples.n, mean: meanOf(samples), scatter: new Float64Array(samples.d) }
    const { count, mean, variance } = await marginalsOf(inBlocks(samples), samples.d)
    return { count, mean, scatter: variance.map((value) => value * (count - 1)) }
  }
  const { count, mean, scatter } = await accumulateMoments(inBlocks(samples), samples.d, engine)
  return { count, mean, scatter: scatter.data }
}

/** Indices of the samples of each class. @throws WhitewaterError without labels, or where a class has no samples */
export function membersOfClasses(kind: string, { name, samples, labels, classes }: Dataset): number[][] {
  if (!labels || classes === undefined)
    throw usageError(
      `${kind} needs the class of each sample, and ${name} has no labels: give labels, or take covariance: plain`,
    )
  checkLabels(kind, samples.shape[0], labels, classes)
  const members = Array.from({ length: classes }, (): number[] => [])
  labels.forEach((label, i) => members[label].push(i))
  const empty = members.findIndex((indices) => indices.length === 0)
  if (empty < 0) return members
  throw failureError(
    `${name}: class ${empty} has no samples, ${kind} needs some of each of 0..${classes - 1}: number the classes without gaps`,
  )
}

/** Mean and scatter of each class. @throws as `membersOfClasses` */
export async function partsOfClasses(
  kind: string,
  data: Dataset,
  diagonal: boolean,
  engine?: CompileOptions,
): Promise<Part[]> {
  const parts: Part[] = []
  for (const indices of membersOfClasses(kind, data))
    parts.push(await partOf(select(data, indices), diagonal, engine))
  return parts
}

function weightedMean(parts: readonly Part[]): Float64Array {
  const total = parts.reduce((sum, { count }) => sum + count, 0)
  const mean = new Float64Array(parts[0].mean.length)
  for (const part of parts) part.mean.forEach((value, j) => (mean[j] += (part.count / total) * value))
  return mean
}

/** Scatters added up, without what lies between the means: that within the parts. */
export function within(parts: readonly Part[]): Float64Array {
  const scatter = new Float64Array(parts[0].scatter.length)
  for (const part of parts) part.scatter.forEach((value, at) => (scatter[at] += value))
  return scatter
}

/** All parts together: within and between them (the law of total covariance). */
export function together(parts: readonly Part[]): Part {
  const mean = weightedMean(parts)
  const scatter = within(parts)
  const d = mean.length
  const step = scatter.length === d ? 0 : d
  for (const part of parts) {
    const shift = part.mean.map((value, j) => value - mean[j])
    for (let i = 0; i < d; i++) {
      if (step === 0) scatter[i] += part.count * shift[i] * shift[i]
      else for (let j = 0; j < d; j++) scatter[i * d + j] += part.count * shift[i] * shift[j]
    }
  }
  return { count: parts.reduce((sum, { count }) => sum + count, 0), mean, scatter }
}

/** The scatter of each part as if `pool` more of its samples had the covariance within all parts (an inverse Wishart prior's mean). */
export function borrowing(
  parts: readonly Part[],
  pool: number,
): { readonly scatter: Float64Array; readonly divisor: number }[] {
  const shared = within(parts)
  const freedom = Math.max(
    parts.reduce((sum, { count }) => sum + count - 1, 0),
    1,
  )
  return parts.map(({ count, scatter }) => ({
    scatter: scatter.map((value, at) => value + pool * (shared[at] / freedom)),
    divisor: count - 1 + pool,
  }))
}

/** The limits of a decomposition: the data's name for messages, and the floor relative to the largest variance. */
export interface Limits {
  readonly name: string
  readonly floor: number
}

/**
 * scatter / divisor of d features, decomposed.
 * @throws WhitewaterError (failure) where nothing varies, or without a floor a direction does not
 */
export async function directionsOf(
  scatter: Float64Array,
  divisor: number,
  limits: Limits,
  d: number,
): Promise<Directions> {
  const covariance = scatter.map((value) => value / Math.max(divisor, 1))
  if (covariance.length === d) return raised(covariance, undefined, limits)
  const { values, vectors } = await eigenOf(matrix(d, d, covariance))
  return raised(values, vectors.data, limits)
}

/** Variances raised to the floor. @throws as `directionsOf` */
export function raised(
  values: Float64Array,
  vectors: Float64Array | undefined,
  { name, floor }: Limits,
): Directions {
  const largest = values.reduce((a, b) => Math.max(a, b), 0)
  if (!(largest > 0)) throw failureError(`${name}: all features are constant, there is nothing to learn`)
  const least = floor * largest
  const floored = values.reduce((count, value) => count + Number(value < least), 0)
  const variances = values.map((value) => Math.max(value, least))
  if (variances.every((value) => value > 0)) return { values: variances, vectors, floored }
  throw failureError(`${name}: a direction has no variance: give the residual a floor above 0`)
}
