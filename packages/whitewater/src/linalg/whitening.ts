// Whitening matrices, W Sigma W^T = I, and their inverses (Theorem 4.1a). They differ by a rotation, and in what stays closest to the
// data: Kessy, Lewin & Strimmer, "Optimal whitening and decorrelation", 2018.
import type { CompileOptions } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { cholesky, invertLower } from './cholesky.ts'
import type { Eigen } from './eigen.ts'
import { multiplyOnEngine } from './engine-product.ts'
import { matrix, transpose, type Matrix } from './matrix.ts'
import { mirror } from './product.ts'
import { floorEigenvalues, fromEigen } from './roots.ts'
import { shrunk, shrunkEigen } from './shrinkage.ts'
import { eigenOf } from './symmetric.ts'

/** A covariance [d, d], and its eigendecomposition for whoever asks. */
export interface Decomposed {
  readonly covariance: Matrix
  readonly eigen: () => Promise<Eigen>
}

export interface WhiteningOptions {
  /** Eigenvalues below floor x lambda_max are raised to it, so that rank-deficient data stays invertible; 1e-6 unless given. */
  readonly floor?: number
  /**
   * rho in [0, 1]: (1 - rho) Sigma + rho mu I with mu = tr Sigma / d is whitened instead; for kinds that begin with the correlation, that
   * is shrunk towards I. 0 unless given.
   */
  readonly shrinkage?: number
  readonly engine?: CompileOptions
}

export interface Whitening {
  /** W [d, d]: z = W (x - mean). */
  readonly whiten: Matrix
  /** W^{-1} [d, d]: x = mean + W^{-1} z. */
  readonly colour: Matrix
  /** ln |det W|. */
  readonly logDeterminant: number
  /** Descending, after the floor, [d]: of the covariance that `whiten` whitens; of the correlation for kinds that begin with it. */
  readonly eigenvalues: Float64Array
  /** How many eigenvalues the floor raised; those directions come out with less than unit variance. */
  readonly flooredCount: number
}

/** The covariance, shrunk: what the rules below take. */
const shrunkSource = ({ covariance, eigen }: Decomposed, rho: number): Decomposed =>
  rho === 0
    ? { covariance, eigen }
    : { covariance: shrunk(covariance, rho), eigen: async () => shrunkEigen(await eigen(), rho) }

type Rule = (source: Decomposed, options: WhiteningOptions) => Promise<Whitening>

/** Eigenvalues after the floor. @throws WhitewaterError (failure) when they are singular to rounding all the same */
function raised({ values: given }: Eigen, floor: number) {
  const { values, floored } = floorEigenvalues(given, floor)
  const smallest = values[values.length - 1]
  if (smallest > values.length * Number.EPSILON * values[0]) return { values, flooredCount: floored }
  throw failureError(
    `the covariance is singular: its eigenvalues go from ${values[0].toPrecision(2)} down to ${smallest.toPrecision(2)}, which rounding cannot tell from 0: give a floor such as 1e-6`,
  )
}

/** Q diag(f) Q^T for eigenvectors Q and positive f, exactly symmetric; 2 d^3 operations, on the engine where d is large. */
async function symmetricOf({ vectors }: Eigen, f: Float64Array, engine?: CompileOptions): Promise<Matrix> {
  const half = scaledColumns(vectors, f.map(Math.sqrt))
  const whole = await multiplyOnEngine(half, half, { transposeB: true, engine })
  mirror(whole.data, vectors.rows)
  return whole
}

/** A diag(s). */
const scaledColumns = ({ data, rows, columns }: Matrix, s: Float64Array): Matrix =>
  matrix(
    rows,
    columns,
    data.map((value, at) => value * s[at % columns]),
  )

/** diag(s) A. */
function scaledRows({ data, rows, columns }: Matrix, s: Float64Array): Matrix {
  const result = matrix(rows, columns)
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) result.data[at] = s[i] * data[at]
  }
  return result
}

const sumOfLogs = (values: Float64Array): number => values.reduce((sum, value) => sum + Math.log(value), 0)

/**
 * W = Sigma^-1/2 and its inverse from the eigendecomposition of Sigma; the default floor keeps the round trip's amplification of
 * float32 rounding below 1000.
 * @throws WhitewaterError (failure) when the covariance is zero, or singular with floor 0
 */
export async function zcaMatrices(
  eigen: Eigen,
  { floor = 1e-6, engine }: WhiteningOptions = {},
): Promise<Whitening> {
  const { values, flooredCount } = raised(eigen, floor)
  const roots = values.map(Math.sqrt)
  const whiten = await symmetricOf(
    eigen,
    roots.map((root) => 1 / root),
    engine,
  )
  const colour = await symmetricOf(eigen, roots, engine)
  return { whiten, colour, logDeterminant: -0.5 * sumOfLogs(values), eigenvalues: values, flooredCount }
}

/** Eigenvectors U turned so that no diagonal entry is negative, as the reference implementation has them. */
function withPositiveDiagonal({ data, columns }: Matrix): Matrix {
  return matrix(
    columns,
    columns,
    data.map((value, at) => (data[(at % columns) * (columns + 1)] < 0 ? -value : value)),
  )
}

const pca: Rule = async ({ eigen }, { floor = 1e-6 }) => {
  const { values: lambda, vectors } = await eigen()
  const { values, flooredCount } = raised({ values: lambda, vectors }, floor)
  const u = withPositiveDiagonal(vectors)
  const roots = values.map(Math.sqrt)
  return {
    whiten: transpose(
      scaledColumns(
        u,
        roots.map((root) => 1 / root),
      ),
    ),
    colour: scaledColumns(u, roots),
    logDeterminant: -0.5 * sumOfLogs(values),
    eigenvalues: values,
    flooredCount,
  }
}

/** The triangular kinds, from the factor L with Sigma = L L^T, or with `reversed` the upper-triangular one. */
const triangular =
  (reversed: boolean): Rule =>
  async ({ covariance, eigen }, { floor = 1e-6 }) => {
    const decomposed = await eigen()
    const { values, flooredCount } = raised(decomposed, floor)
    const sigma = flooredCount === 0 ? covariance : fromEigen(decomposed, values)
    const factor = cholesky(reversed ? turned(sigma) : sigma)
    const inverse = invertLower(factor)
    return {
      whiten: reversed ? turned(inverse) : inverse,
      colour: reversed ? turned(factor) : factor,
      logDeterminant: -sumOfLogs(factor.data.filter((_, at) => at % (factor.columns + 1) === 0)),
      eigenvalues: values,
      flooredCount,
    }
  }

/** Rows and columns in reverse order: lower-triangular becomes upper-triangular. */
const turned = ({ data, rows, columns }: Matrix): Matrix => matrix(rows, columns, data.slice().reverse())

/** The covariance of features divided by `scales`. */
export function correlationOf(covariance: Matrix, scales: Float64Array): Matrix {
  const inverses = scales.map((value) => 1 / value)
  return scaledRows(scaledColumns(covariance, inverses), inverses)
}

/** Standardises first, so that W = W' V^-1/2 with W' of the correlation: units of the features do not matter. */
const onCorrelation =
  (rule: Rule): Rule =>
  async ({ covariance }, { floor = 1e-6, shrinkage = 0, engine }) => {
    const deviations = correlationScales(covariance, floor)
    const inverses = deviations.map((value) => 1 / value)
    const correlation = correlationOf(covariance, deviations)
    const eigen = () => eigenOf(correlation)
    const source = shrunkSource({ covariance: correlation, eigen }, shrinkage)
    const inner = await rule(source, { floor, engine })
    return {
      ...inner,
      whiten: scaledColumns(inner.whiten, inverses),
      colour: scaledRows(inner.colour, deviations),
      logDeterminant: inner.logDeterminant - sumOfLogs(deviations),
    }
  }

/**
 * Standard deviations, by which a covariance becomes a correlation; with a floor, 1 for a feature that is constant: its units leave no
 * trace in the others.
 * @throws WhitewaterError (failure) for a constant feature with floor 0
 */
export function correlationScales({ data, rows }: Matrix, floor = 1e-6): Float64Array {
  const variances = data.filter((_, at) => at % (rows + 1) === 0)
  const constant = variances.findIndex((value) => !(value > 0))
  if (constant < 0 || floor > 0) return variances.map((value) => (value > 0 ? Math.sqrt(value) : 1))
  throw failureError(
    `feature ${constant} is constant, its correlation is not defined: give a floor such as 1e-6`,
  )
}

const zca: Rule = async ({ eigen }, options) => zcaMatrices(await eigen(), options)

/** Shrinks first. */
const onCovariance =
  (rule: Rule): Rule =>
  (source, { shrinkage = 0, ...options }) =>
    rule(shrunkSource(source, shrinkage), options)

/** With Sigma = U diag(lambda) U^T, V = diag(Sigma) and the correlation P = V^-1/2 Sigma V^-1/2 = G diag(theta) G^T: */
const rules = {
  /** Sigma^-1/2, symmetric: closest to the data itself. */
  zca: onCovariance(zca),
  /** diag(lambda^-1/2) U^T, diag(U) >= 0, descending: the first coordinates hold the most variance. */
  pca: onCovariance(pca),
  /** L^-1 with Sigma = L L^T, lower triangular: coordinate j depends on features 0 .. j only (R's whitening from 1.4.0 on). */
  cholesky: onCovariance(triangular(false)),
  /** L^T with Sigma^-1 = L L^T, upper triangular: on features j .. d - 1 only (as the paper defines Cholesky whitening). */
  'cholesky-precision': onCovariance(triangular(true)),
  /** P^-1/2 V^-1/2: closest to the standardised data. */
  'zca-cor': onCorrelation(zca),
  /** diag(theta^-1/2) G^T V^-1/2, diag(G) >= 0, descending: `pca` of the standardised data. */
  'pca-cor': onCorrelation(pca),
} satisfies Record<string, Rule>

export type WhiteningKind = keyof typeof rules

/** How each kind is computed; adding one is adding it here. O(d^3) each, nearly all of it the eigendecomposition. */
export const whitenings: Readonly<Record<WhiteningKind, Rule>> = rules

export const whiteningKinds = Object.keys(rules) as readonly WhiteningKind[]

/**
 * The whitening of one kind of a covariance [d, d], decomposed by LAPACK where that pays.
 * @throws WhitewaterError (failure) when the covariance is zero, or singular with floor 0
 */
export const whitening = (
  kind: WhiteningKind,
  covariance: Matrix,
  options: WhiteningOptions = {},
): Promise<Whitening> => whitenings[kind]({ covariance, eigen: () => eigenOf(covariance) }, options)
