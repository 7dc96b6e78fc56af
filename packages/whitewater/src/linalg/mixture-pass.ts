// One pass of expectation-maximisation over the samples: responsibilities (Eq. 19 at t = 1) and the sums that the next parameters
// are made of, as matrix products in float64 on the engine's CPU, in blocks of rows.
import {
  add,
  cast,
  concat,
  exp,
  float64Of,
  logsumexp,
  matmul,
  mul,
  ndarray,
  reshape,
  sliceAxis,
  square,
  sub,
  sum,
  traced,
  type CompileOptions,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import type { Samples } from './covariance.ts'
import { matrix, type Matrix } from './matrix.ts'
import { onCpu } from './on-cpu.ts'
import { inBlocks } from './moments.ts'

/** A mixture as the pass reads it. */
export interface Factored {
  /** [K, d] */
  readonly means: Matrix
  /** W_k with W_k Sigma_k W_k^T = I: K of [d, d], or of [d] where the covariances are diagonal. */
  readonly factors: readonly Float64Array[]
  /** ln pi_k + ln |det W_k|, [K]. */
  readonly offsets: Float64Array
}

/** What one pass finds under the parameters it was given. */
export interface PassResult {
  /** ln p(x), summed over samples. */
  readonly logLikelihood: number
  /** ln p(x) of each sample, [n]. */
  readonly logDensities: Float64Array
  /** sum_i gamma_ik, [K]. */
  readonly counts: Float64Array
  /** sum_i gamma_ik (x_i - m_k), [K, d]. */
  readonly shifts: Matrix
  /** sum_i gamma_ik (x_i - m_k)(x_i - m_k)^T: K of [d, d], or the diagonals [d]. */
  readonly scatters: readonly Float64Array[]
}

export interface MixturePass {
  /** Both steps' sums. */
  statistics(samples: Samples, mixture: Factored): Promise<PassResult>
  /** ln pi_k + ln N(x; m_k, Sigma_k) of each sample and component, [n, K]. */
  logTerms(samples: Samples, mixture: Factored): Promise<Matrix>
  dispose(): Promise<void>
}

/** Numbers in the blocks of all components together: bounds the memory of what is centred. */
const MOST_BLOCK_NUMBERS = 2 ** 22

const rowsOf = (components: number, d: number): number =>
  Math.min(4096, Math.max(256, Math.floor(MOST_BLOCK_NUMBERS / (components * d))))

const row = (table: Tensor, k: number): Tensor => sliceAxis(table, 0, k, 1)

interface Graphs {
  /** (x_i - m_k), [n, d] for each k. */
  readonly centred: readonly Tensor[]
  /** [n, K] */
  readonly terms: Tensor
}

type Inputs = Readonly<Record<string, Tensor>>

function termsOf({ x, means, factors, offsets }: Inputs): Graphs {
  const [components, d] = means.shape
  const wide = cast(x, 'float64')
  const centred = Array.from({ length: components }, (_, k) => sub(wide, row(means, k)))
  const distances = centred.map((c, k) => {
    const factor = row(factors, k)
    const y =
      factor.shape.length === 2 ? mul(c, factor) : matmul(c, reshape(factor, [d, d]), { transposeB: true })
    return sum(square(y), 1, { keepDims: true })
  })
  const constant = -0.5 * d * Math.log(2 * Math.PI)
  const terms = add(add(mul(concat(distances, 1), -0.5), reshape(offsets, [1, components])), constant)
  return { centred, terms }
}

function statisticsOf(inputs: Inputs): Readonly<Record<string, Tensor>> {
  const { centred, terms } = termsOf(inputs)
  const whole = logsumexp(terms, 1, { keepDims: true })
  const responsibilities = exp(sub(terms, whole))
  const weighted = centred.map((c, k) => mul(c, sliceAxis(responsibilities, 1, k, 1)))
  const diagonal = inputs.factors.shape.length === 2
  const scatters = weighted.map((w, k) =>
    diagonal
      ? sum(mul(w, centred[k]), 0, { keepDims: true })
      : reshape(matmul(w, centred[k], { transposeA: true }), inputs.factors.shape.with(0, 1)),
  )
  return {
    logDensities: reshape(whole, [-1]),
    counts: sum(responsibilities, 0),
    shifts: concat(
      weighted.map((w) => sum(w, 0, { keepDims: true })),
      0,
    ),
    scatters: concat(scatters, 0),
  }
}

function addTo(target: Float64Array, terms: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] += terms[i]
}

/** Parameters as the program's inputs. */
function inputsOf({ means, factors, offsets }: Factored): Record<string, NdArray> {
  const components = means.rows
  const d = means.columns
  const size = factors[0].length
  const joined = new Float64Array(components * size)
  factors.forEach((factor, k) => joined.set(factor, k * size))
  return {
    means: ndarray(means.data, [components, d]),
    factors: ndarray(joined, size === d ? [components, d] : [components, d, d]),
    offsets: ndarray(offsets, [components]),
  }
}

const parts = (joined: Float64Array, size: number): Float64Array[] =>
  Array.from({ length: joined.length / size }, (_, k) => joined.slice(k * size, (k + 1) * size))

/** Programs for any number of passes; one is compiled for each number of components and of rows in a block. */
export function mixturePass(engine?: CompileOptions): MixturePass {
  const cpu = onCpu(engine)
  const statistics = traced(statisticsOf, cpu)
  const densities = traced((inputs) => ({ terms: termsOf(inputs).terms }), cpu)
  return {
    async statistics(samples, mixture) {
      const { rows: components, columns: d } = mixture.means
      const size = mixture.factors[0].length
      const parameters = inputsOf(mixture)
      const logDensities = new Float64Array(samples.n)
      const counts = new Float64Array(components)
      const shifts = matrix(components, d)
      const scatters = new Float64Array(components * size)
      let at = 0
      for (const { data, n } of inBlocks(samples, rowsOf(components, d))) {
        const found = await statistics({ ...parameters, x: ndarray(data, [n, d]) })
        logDensities.set(float64Of(found.logDensities.data), at)
        addTo(counts, float64Of(found.counts.data))
        addTo(shifts.data, float64Of(found.shifts.data))
        addTo(scatters, float64Of(found.scatters.data))
        at += n
      }
      const logLikelihood = logDensities.reduce((total, value) => total + value, 0)
      return { logLikelihood, logDensities, counts, shifts, scatters: parts(scatters, size) }
    },
    async logTerms(samples, mixture) {
      const { rows: components, columns: d } = mixture.means
      const parameters = inputsOf(mixture)
      const terms = matrix(samples.n, components)
      let at = 0
      for (const { data, n } of inBlocks(samples, rowsOf(components, d))) {
        const found = await densities({ ...parameters, x: ndarray(data, [n, d]) })
        terms.data.set(float64Of(found.terms.data), at)
        at += n * components
      }
      return terms
    },
    async dispose() {
      await statistics.dispose()
      await densities.dispose()
    },
  }
}
