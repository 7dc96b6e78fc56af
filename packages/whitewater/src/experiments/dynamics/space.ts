// Data in the space of a flow, pairs of noise and data as training forms them there, and the Gaussians whose exact velocities a field
// is compared with.
import { ndarray, sizeOf, type CompileOptions, type RandomStream } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { select } from '../../data/subset.ts'
import type { FieldPoints } from '../../generator/velocity.ts'
import type { Eigen } from '../../linalg/eigen.ts'
import { multiplyOnEngine } from '../../linalg/engine-product.ts'
import { combine, matrix, type Matrix } from '../../linalg/matrix.ts'
import { linearVelocity } from '../../metrics/loss-split.ts'
import { momentsOf, type DataMoments } from '../../precondition/linear/moments.ts'
import type { FittedPreconditioner, Samples } from '../../precondition/preconditioner.ts'

/** Data in the space of the flow, and as it was. */
export interface Space {
  readonly transformed: Dataset
  readonly fitted: FittedPreconditioner
  /** Whether P differs from class to class, so that each class has a Gaussian of its own to be compared with. */
  readonly perClass: boolean
  /** Moments of the data before and after the transform. */
  readonly own: DataMoments
  readonly moments: DataMoments
}

export async function spaceOf(
  data: Dataset,
  fitted: FittedPreconditioner,
  perClass: boolean,
  engine: CompileOptions,
): Promise<Space> {
  const transformed = { ...data, samples: await fitted.transform(data.samples, data.labels) }
  const own = await momentsOf(data, engine)
  const moments = transformed.samples === data.samples ? own : await momentsOf(transformed, engine)
  return { transformed, fitted, perClass, own, moments }
}

/** Rounding below zero counts as zero. */
export async function eigenOf(moments: DataMoments): Promise<Eigen> {
  const { vectors, values } = await moments.eigen()
  return { vectors, values: values.map((value) => Math.max(0, value)) }
}

/** x_t = (1 - t) x0 + t x1 as a training batch forms it, times stratified over [0, 1). */
export interface Pairs {
  readonly points: FieldPoints
  readonly x1: Samples
  /** x1 - x0, [n, d]. */
  readonly u: Matrix
}

export function drawPairs(data: Dataset, n: number, stream: RandomStream): Pairs {
  const drawn = select(data, stream.split('rows').integers(n, data.samples.shape[0]))
  const x1 = drawn.samples
  const d = sizeOf(x1.shape.slice(1))
  const x0 = stream.split('noise').normal(n * d)
  const t = stream
    .split('times')
    .uniform(n)
    .map((within, i) => (i + within) / n)
  const x = x1.data.map((value, at) => {
    const now = t[Math.floor(at / d)]
    return (1 - now) * x0[at] + now * value
  })
  return {
    points: { x: ndarray(x, x1.shape), t, ...(drawn.labels && { labels: drawn.labels }) },
    x1,
    u: matrix(
      n,
      d,
      Float64Array.from(x1.data, (value, at) => value - x0[at]),
    ),
  }
}

/** The Gaussian of some samples' mean and covariance, and the pairs whose best linear velocity it gives. */
export interface Reference {
  readonly rows: Int32Array
  readonly t: Float64Array
  readonly mean: Float64Array
  readonly eigen: Eigen
  /** x_t - t m and u - m along its eigenvectors, [rows, d]. */
  readonly x: Matrix
  readonly u: Matrix
}

/** Rows of [n, d] less `share(i)` of the mean. */
export function centredRows(
  data: ArrayLike<number>,
  rows: Int32Array,
  mean: Float64Array,
  share: (row: number) => number,
): Matrix {
  const d = mean.length
  const result = matrix(rows.length, d)
  rows.forEach((row, i) => {
    const weight = share(row)
    for (let j = 0; j < d; j++) result.data[i * d + j] = data[row * d + j] - weight * mean[j]
  })
  return result
}

const indicesOf = (labels: Int32Array, label: number): Int32Array =>
  Int32Array.from(labels.keys()).filter((i) => labels[i] === label)

async function referenceOf(
  moments: DataMoments,
  rows: Int32Array,
  { points, u }: Pairs,
  engine: CompileOptions,
): Promise<Reference> {
  const { mean } = moments
  const eigen = await eigenOf(moments)
  const along = (x: ArrayLike<number>, share: (row: number) => number) =>
    multiplyOnEngine(centredRows(x, rows, mean, share), eigen.vectors, { engine })
  return {
    rows,
    t: Float64Array.from(rows, (row) => points.t[row]),
    mean,
    eigen,
    x: await along(points.x.data, (row) => points.t[row]),
    u: await along(u.data, () => 1),
  }
}

/** One for all pairs, or one for each class that P maps in its own way. */
export async function referencesOf(space: Space, pairs: Pairs, engine: CompileOptions): Promise<Reference[]> {
  const { transformed, perClass, moments } = space
  const { labels: own, classes = 0 } = transformed
  const { labels: drawn } = pairs.points
  if (!perClass || !own || !drawn)
    return [await referenceOf(moments, Int32Array.from(pairs.points.t.keys()), pairs, engine)]
  const references: Reference[] = []
  for (let label = 0; label < classes; label++) {
    const rows = indicesOf(drawn, label)
    const members = select(transformed, indicesOf(own, label))
    if (rows.length > 0)
      references.push(await referenceOf(await momentsOf(members, engine), rows, pairs, engine))
  }
  return references
}

/** What the best linear velocity leaves of u, along the reference's eigenvectors, [rows, d]. */
export const linearResidual = ({ x, u, t, eigen }: Reference): Matrix =>
  combine(1, linearVelocity(x, t, eigen.values), -1, u)
