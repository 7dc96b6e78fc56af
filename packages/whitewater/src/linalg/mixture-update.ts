// The maximisation step of a Gaussian mixture: from the sums of a pass to the next weights, means and covariances, each kept
// positive definite.
import { cholesky, choleskyPivoted, invertLower } from './cholesky.ts'
import type { Samples } from './covariance.ts'
import { eigenSymmetric } from './eigen.ts'
import { matrix, type Matrix } from './matrix.ts'
import type { Factored, PassResult } from './mixture-pass.ts'
import { covarianceWithin, pooledCovariance, type Weighed } from './pooling.ts'
import { fromEigen } from './roots.ts'

/** A mixture between two passes. Covariances are [d, d], or [d, 1] where they are diagonal. */
export interface State {
  /** [K] */
  readonly weights: Float64Array
  /** [K, d] */
  readonly means: Matrix
  readonly covariances: readonly Matrix[]
}

export interface Form {
  readonly diagonal: boolean
  /** Free parameters of K covariances of d dimensions. */
  readonly parameters: (components: number, d: number) => number
  /** A component's next covariance, from its own and from that within all components. */
  readonly update: (own: Weighed, within: Matrix) => Matrix
}

/** Fills a component up to `least` samples with such as vary like all components within: a few samples never make a spike. */
const filledUp = (own: Weighed, within: Matrix, least: number): Matrix =>
  pooledCovariance(own, within, Math.max(0, least - own.weight))

const forms = {
  /** Each component has a covariance of its own; one of fewer than 2 d samples is filled up. */
  full: {
    diagonal: false,
    parameters: (components, d) => (components * d * (d + 1)) / 2,
    update: (own, within) => filledUp(own, within, 2 * within.rows),
  },
  /** One covariance for all components. */
  shared: {
    diagonal: false,
    parameters: (_, d) => (d * (d + 1)) / 2,
    update: (_, within) => within,
  },
  /** Variances of its own for each component, no correlations; one of fewer than 8 samples is filled up. */
  diagonal: {
    diagonal: true,
    parameters: (components, d) => components * d,
    update: (own, within) => filledUp(own, within, 8),
  },
} satisfies Record<string, Form>

/** What the covariances of a mixture's components may be. */
export type CovarianceForm = keyof typeof forms

export const covarianceForms = Object.keys(forms) as [CovarianceForm, ...CovarianceForm[]]

export const formNamed = (name: CovarianceForm): Form => forms[name]

/**
 * Smallest variance in any direction, in units of the features' own variances. Keeps the likelihood bounded (Hathaway 1985), and is
 * so small that only directions in which a component does not vary at all meet it.
 */
const LEAST_VARIANCE = 1e-10

/** Responsibility, in samples, below which a component is taken to be empty. */
const LEAST_RESPONSIBILITY = 0.5

export const diagonalOf = ({ data, rows }: Matrix): Float64Array =>
  data.filter((_, at) => at % (rows + 1) === 0)

/** Whether every eigenvalue lies above `least`: whether A - least I has a Cholesky factor, at a tenth of the cost of eigenvalues. */
function isAbove({ data, rows }: Matrix, least: number): boolean {
  const lowered = matrix(rows, rows, data.slice())
  for (let i = 0; i < rows; i++) lowered.data[i * (rows + 1)] -= least
  return choleskyPivoted(lowered).columns === rows
}

/** With eigenvalues below LEAST_VARIANCE raised to it: the likeliest covariance under that constraint (Ingrassia & Rocci 2007). */
function bounded(covariance: Matrix): Matrix {
  const raised = (values: Float64Array) => values.map((value) => Math.max(value, LEAST_VARIANCE))
  if (covariance.columns === 1) return { ...covariance, data: raised(covariance.data) }
  if (isAbove(covariance, LEAST_VARIANCE)) return covariance
  const eigen = eigenSymmetric(covariance)
  return fromEigen(eigen, raised(eigen.values))
}

/** Covariance about the new mean, where the scatter is about the old one and `shift` leads from it to the new. */
function aboutMean(scatter: Float64Array, count: number, shift: Float64Array): Matrix {
  const d = shift.length
  if (scatter.length === d)
    return matrix(
      d,
      1,
      scatter.map((value, j) => Math.max(0, value / count - shift[j] ** 2)),
    )
  const covariance = matrix(d, d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = scatter[i * d + j] / count - shift[i] * shift[j]
      covariance.data[i * d + j] = value
      covariance.data[j * d + i] = value
    }
  }
  return covariance
}

/** Indices of the samples that the mixture explains worst, the worst first. */
const worst = (logDensities: Float64Array, count: number): number[] =>
  Array.from(logDensities.keys())
    .sort((a, b) => logDensities[a] - logDensities[b])
    .slice(0, count)

/** The next parameters. A component that has lost all samples begins again at one that is explained worst. */
export function maximised(samples: Samples, { means }: State, found: PassResult, form: Form): State {
  const { d } = samples
  const counts = found.counts.slice()
  const next = matrix(means.rows, d, means.data.slice())
  const own = Array.from(counts, (count, k): Weighed => {
    if (count < LEAST_RESPONSIBILITY) return { covariance: matrix(d, form.diagonal ? 1 : d), weight: 0 }
    const shift = found.shifts.data.slice(k * d, (k + 1) * d).map((value) => value / count)
    shift.forEach((value, j) => (next.data[k * d + j] += value))
    return { covariance: aboutMean(found.scatters[k], count, shift), weight: count }
  })
  const empty = own.flatMap(({ weight }, k) => (weight === 0 ? [k] : []))
  const rows = empty.length > 0 ? worst(found.logDensities, empty.length) : []
  rows.forEach((row, at) => {
    next.data.set(samples.data.subarray(row * d, (row + 1) * d), empty[at] * d)
    counts[empty[at]] = 1
  })
  const within = covarianceWithin(own)
  const covariances = boundedEach(own.map((one) => form.update(one, within)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  return { weights: counts.map((count) => count / total), means: next, covariances }
}

/** A value for each covariance, worked out once where several components share one. */
function once<T>(of: (covariance: Matrix) => T): (covariance: Matrix) => T {
  const known = new Map<Matrix, T>()
  return (covariance) => {
    const value = known.get(covariance) ?? of(covariance)
    known.set(covariance, value)
    return value
  }
}

export const boundedEach = (covariances: readonly Matrix[]): Matrix[] => covariances.map(once(bounded))

/** W with W Sigma W^T = I, and ln |det W|. */
function whitened({ data, rows, columns }: Matrix): { factor: Float64Array; logDeterminant: number } {
  if (columns === 1) {
    const logs = data.reduce((sum, value) => sum + Math.log(value), 0)
    return { factor: data.map((value) => 1 / Math.sqrt(value)), logDeterminant: -0.5 * logs }
  }
  const inverse = invertLower(cholesky(matrix(rows, columns, data)))
  let logDeterminant = 0
  for (let i = 0; i < rows; i++) logDeterminant += Math.log(inverse.data[i * (rows + 1)])
  return { factor: inverse.data, logDeterminant }
}

/** The mixture as a pass reads it. @throws WhitewaterError (failure) for a covariance that is not positive definite */
export function factored({ weights, means, covariances }: State): Factored {
  const all = covariances.map(once(whitened))
  return {
    means,
    factors: all.map(({ factor }) => factor),
    offsets: weights.map((weight, k) => Math.log(weight) + all[k].logDeterminant),
  }
}
