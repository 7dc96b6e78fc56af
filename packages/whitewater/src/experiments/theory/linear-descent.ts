// The linear predictor of Theorem 3.3 trained by the engine: full-batch gradient descent on L_t(A) = tr(A S_t A^T) - 2 tr(A C_t^T) +
// tr(I + Sigma) (Eq. 9) of the population, its gradient by differentiation of the loss, its errors measured mode by mode.
import {
  add,
  compile,
  concat,
  gradient,
  input,
  matmul,
  mul,
  reshape,
  simplify,
  sqrt,
  square,
  sub,
  sum,
  type CompileOptions,
  type Tensor,
} from '@whitewater/tensor'
import { identity, matrix, type Matrix } from '../../linalg/matrix.ts'
import { onCpu } from '../../linalg/on-cpu.ts'

export interface DescentRun {
  /** Sigma, of the data as it is matched: preconditioned where it is. [d, d] */
  readonly covariance: Matrix
  readonly t: number
  /** A_0, [d, d]. */
  readonly start: Matrix
  readonly stepSize: number
  readonly steps: number
  /** A* that errors are measured from, [d, d]. */
  readonly optimum: Matrix
  /** Directions q_j that errors are measured along, as columns, [d, d]. */
  readonly directions: Matrix
}

export interface MeasuredDescent {
  /** |(A_k - A*) q_j| for k = 0 .. steps, [steps + 1, d]. */
  readonly errors: Matrix
  /** L_t(A_k), [steps + 1]. */
  readonly losses: Float64Array
}

export interface DescentTrainer {
  measure(run: DescentRun): Promise<MeasuredDescent>
  dispose(): Promise<void>
}

/** Steps that go in one run of the program: enough to spread its fixed cost, few enough to compile in a moment. */
const UNROLL = 20

/** One step in terms of inputs that stand for its values. */
function traceStep(d: number) {
  const square_ = (name: string) => input(name, [d, d], 'float64')
  const number = (name: string) => input(name, [1, 1], 'float64')
  const [a, sigma, eye, optimum, directions] = ['a', 'sigma', 'eye', 'optimum', 'directions'].map(square_)
  const [t, stepSize] = ['t', 'stepSize'].map(number)
  const rest = sub(1, t)
  const s = add(mul(square(rest), eye), mul(square(t), sigma))
  const c = sub(mul(t, sigma), mul(rest, eye))
  const spread = sum(mul(add(eye, sigma), eye))
  const loss = add(sub(sum(mul(matmul(a, s), a)), mul(2, sum(mul(a, c)))), spread)
  const [slope] = gradient(loss, [a])
  return {
    a,
    constants: [sigma, eye, optimum, directions, t, stepSize],
    loss: reshape(loss, [1]),
    errors: reshape(sqrt(sum(square(matmul(sub(a, optimum), directions)), [0])), [1, d]),
    next: sub(a, mul(stepSize, slope)),
  }
}

/** `UNROLL` steps in a row: what is measured before each, and the last iterate. */
function unrolled(d: number) {
  const step = traceStep(d)
  const losses: Tensor[] = []
  const errors: Tensor[] = []
  let a = step.a
  for (let k = 0; k < UNROLL; k++) {
    const [loss, error, next] = simplify([step.loss, step.errors, step.next], new Map([[step.a, a]]))
    losses.push(loss)
    errors.push(error)
    a = next
  }
  return {
    inputs: step.constants,
    outputs: { losses: concat(losses), errors: concat(errors) },
    state: { a: { current: step.a, next: a } },
  }
}

/** A compiled trainer for d dimensions, in float64 on the CPU, whatever the device: GPUs have no fast float64. */
export async function compileDescent(d: number, engine?: CompileOptions): Promise<DescentTrainer> {
  const program = await compile(unrolled(d), onCpu(engine))
  const one = (value: number): Float64Array => Float64Array.of(value)
  return {
    async measure({ covariance, t, start, stepSize, steps, optimum, directions }) {
      await program.writeState('a', start.data)
      const inputs = {
        sigma: covariance.data,
        eye: identity(d).data,
        t: one(t),
        stepSize: one(stepSize),
        optimum: optimum.data,
        directions: directions.data,
      }
      const errors = new Float64Array((steps + 1) * d)
      const losses = new Float64Array(steps + 1)
      for (let k = 0; k <= steps; k += UNROLL) {
        const measured = await program.run(inputs)
        const kept = Math.min(UNROLL, steps + 1 - k)
        errors.set(Float64Array.from(measured.errors.data.slice(0, kept * d), Number), k * d)
        losses.set(Float64Array.from(measured.losses.data.slice(0, kept), Number), k)
      }
      return { errors: matrix(steps + 1, d, errors), losses }
    },
    dispose: () => program.dispose(),
  }
}

/** A mode whose initial error is below this, beside errors of order 1, has none but rounding. */
const NONE = 1e-12

/** What a mode's error is measured in: its initial error, or 1 where there is none. */
const unitOf = (initial: number): number => (initial > NONE ? initial : 1)

/** First step from which on every mode's error is at most `epsilon` of its initial one (absolute where that is 0); undefined if none is. */
export function stepsToFraction({ data, rows, columns: d }: Matrix, epsilon: number): number | undefined {
  for (let k = 0; k < rows; k++) {
    const row = data.subarray(k * d, (k + 1) * d)
    if (row.every((error, j) => error <= epsilon * unitOf(data[j]))) return k
  }
  return undefined
}

/** Largest deviation of measured errors from predicted ones [steps + 1, d], each relative to its mode's initial error, absolute where that is 0. */
export function largestDeviation(measured: Matrix, predicted: Matrix): number {
  const d = predicted.columns
  return measured.data.reduce(
    (most, value, index) =>
      Math.max(most, Math.abs(value - predicted.data[index]) / unitOf(predicted.data[index % d])),
    0,
  )
}
