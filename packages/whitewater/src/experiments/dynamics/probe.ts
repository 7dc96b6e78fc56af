// What the dynamics experiment looks at in a field while it trains: its errors on fixed pairs of noise and data, by eigendirection of
// the data and path time, in units that do not depend on the preconditioner.
import { ndarray, randomStream, type CompileOptions } from '@whitewater/tensor'
import type { FieldPoints } from '../../generator/velocity.ts'
import { multiplyOnEngine } from '../../linalg/engine-product.ts'
import { leadingColumns, matrix, type Matrix } from '../../linalg/matrix.ts'
import {
  affineErrorSplit,
  beyondLinear,
  carriedToEnd,
  outputErrorSplit,
  type ErrorSplit,
  type SplitOptions,
} from '../../metrics/loss-split.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import {
  centredRows,
  drawPairs,
  eigenOf,
  linearResidual,
  referencesOf,
  type Pairs,
  type Reference,
  type Space,
} from './space.ts'

/** Directions of less than this share of the largest variance are left out: whitening raises them to it, and nothing is to be learned there. */
export const WIDE = 1e-6

/** What a field's errors are at one moment of training. */
export interface FieldErrors {
  /** Mean over features of |v - u|^2, in the units of the flow's own space. */
  readonly loss: number
  /** (q_j . P^-1(v - u))^2: the loss in units of the data, irreducible part included. */
  readonly lossSplit: ErrorSplit
  /** v - A*_t x_t carried to t = 1, in standard deviations of the data along q_j, squared: the excess itself where the data is Gaussian. */
  readonly beyondLinear: ErrorSplit
  /** The affine part of the same, which is error whatever the data. */
  readonly affine: ErrorSplit
}

export interface Probe {
  readonly points: FieldPoints
  /** `loss` and `lossSplit` of the best linear predictor on the same pairs: for Gaussian data the lowest there is. */
  readonly linear: Pick<FieldErrors, 'loss' | 'lossSplit'>
  /** lambda_j of the directions that are kept, descending. */
  readonly variances: Float64Array
  errors(v: Samples): Promise<FieldErrors>
}

/** A - B of two arrays as rows of d numbers. */
function differenceOf(a: ArrayLike<number>, b: ArrayLike<number>, d: number): Matrix {
  return matrix(
    a.length / d,
    d,
    Float64Array.from(a, (value, at) => value - b[at]),
  )
}

/** Displacements of the pairs' data, delta [n, d], as P^-1(x1 + delta) - P^-1(x1) along `directions`: exact for an affine P, of any class. */
async function throughInverse(
  { fitted }: Space,
  { x1, points: { labels } }: Pairs,
  directions: Matrix,
  engine: CompileOptions,
): Promise<(delta: Matrix) => Promise<Matrix>> {
  const base = await fitted.invert(x1, labels)
  return async (delta) => {
    const moved = ndarray(
      x1.data.map((value, at) => value + delta.data[at]),
      x1.shape,
    )
    const { data } = await fitted.invert(moved, labels)
    return multiplyOnEngine(differenceOf(data, base.data, delta.columns), directions, { engine })
  }
}

/** Rows given along each reference's eigenvectors as one matrix [n, d] in the space of the flow; every reference has rows of its own. */
async function fromEigenbases(
  references: readonly Reference[],
  [n, d]: readonly [number, number],
  along: (reference: Reference) => Promise<Matrix> | Matrix,
  engine: CompileOptions,
): Promise<Matrix> {
  const whole = matrix(n, d)
  for (const reference of references) {
    const { rows, eigen } = reference
    const own = await multiplyOnEngine(await along(reference), eigen.vectors, { transposeB: true, engine })
    rows.forEach((row, i) => {
      whole.data.set(own.data.subarray(i * d, (i + 1) * d), row * d)
    })
  }
  return whole
}

/** Columns in units of the square roots of `variances`. */
const inDeviations = ({ data, rows, columns }: Matrix, variances: Float64Array): Matrix =>
  matrix(
    rows,
    columns,
    data.map((value, at) => value / Math.sqrt(variances[at % columns])),
  )

/** Fits the references and prepares n pairs: the same rows, noise and times under every preconditioner. */
export async function probeOf(
  space: Space,
  n: number,
  options: SplitOptions,
  engine: CompileOptions,
): Promise<Probe> {
  const pairs = drawPairs(space.transformed, n, randomStream(0).split('dynamics/pairs'))
  const { points, u } = pairs
  const d = u.columns
  const { vectors, values } = await eigenOf(space.own)
  const variances = values.filter((value) => value > WIDE * values[0])
  const references = await referencesOf(space, pairs, engine)
  const inData = await throughInverse(space, pairs, leadingColumns(vectors, variances.length), engine)
  const whole = (along: (reference: Reference) => Promise<Matrix> | Matrix) =>
    fromEigenbases(references, [n, d], along, engine)
  const atEnd = async (along: (reference: Reference) => Promise<Matrix> | Matrix) => {
    const carried = async (reference: Reference) =>
      carriedToEnd(await along(reference), reference.t, reference.eigen.values)
    return inDeviations(await inData(await whole(carried)), variances)
  }
  const lossOf = async (residual: Matrix) => ({
    loss: residual.data.reduce((sum, value) => sum + value * value, 0) / (n * d),
    lossSplit: outputErrorSplit(await inData(residual), points.t, options),
  })
  const positions = await atEnd(({ x }) => x)

  async function errors(v: Samples): Promise<FieldErrors> {
    const beyond = await atEnd(async ({ rows, mean, eigen, x, t }) => {
      const centred = centredRows(v.data, rows, mean, () => 1)
      return beyondLinear(await multiplyOnEngine(centred, eigen.vectors, { engine }), x, t, eigen.values)
    })
    return {
      ...(await lossOf(differenceOf(v.data, u.data, d))),
      beyondLinear: outputErrorSplit(beyond, points.t, options),
      affine: affineErrorSplit(beyond, positions, points.t, options),
    }
  }
  return { points, variances, linear: await lossOf(await whole(linearResidual)), errors }
}
