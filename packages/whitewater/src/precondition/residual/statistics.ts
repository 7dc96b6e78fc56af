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

/** The samples of each class. @throws WhitewaterError without labels, or where a class has no samples */
export async function partsOfClasses(
  kind: string,
  data: Dataset,
  diagonal: boolean,
  engine?: CompileOptions,
): Promise<Part[]> {
  const { name, samples, labels, classes } = data
  if (!labels || classes === undefined)
    throw usageError(
      `${kind} needs the class of each sample, and ${name} has no labels: give labels, or take covariance: plain`,
    )
  checkLabels(kind, samples.shape[0], labels, classes)
  const members = Array.from({ length: classes }, (): number[] => [])
  labels.forEach((label, i) => members[label].push(i))
  const empty = members.findIndex((indices) => indices.length === 0)
  if (empty >= 0)
    throw failureError(
      `${name}: class ${empty} has no samples, ${kind} needs some of each of 0..${classes - 1}: number the classes without gaps`,
    )
  const parts: Part[] = []
  for (const indices of members) parts.push(await partOf(select(data, indices), diagonal, engine))
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

/** scatter / divisor, decomposed. @throws WhitewaterError (failure) where nothing varies, or without a floor a direction does not */
export async function directionsOf(
  name: string,
  scatter: Float64Array,
  divisor: number,
  { d, floor }: { readonly d: number; readonly floor: number },
): Promise<Directions> {
  const covariance = scatter.map((value) => value / Math.max(divisor, 1))
  const { values, vectors } =
    covariance.length === d
      ? { values: covariance, vectors: undefined }
      : await eigenOf(matrix(d, d, covariance)).then((eigen) => ({
          values: eigen.values,
          vectors: eigen.vectors.data,
        }))
  const largest = values.reduce((a, b) => Math.max(a, b), 0)
  if (!(largest > 0)) throw failureError(`${name}: all features are constant, there is nothing to learn`)
  const least = floor * largest
  const floored = values.reduce((count, value) => count + Number(value < least), 0)
  const raised = values.map((value) => Math.max(value, least))
  if (raised.every((value) => value > 0)) return { values: raised, vectors, floored }
  throw failureError(`${name}: a direction has no variance: give the residual a floor above 0`)
}
