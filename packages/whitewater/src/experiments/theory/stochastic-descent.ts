// The linear predictor of Prop. 3.5 trained by the engine: stochastic gradient descent on minibatches of flow matching's own loss
// (Eq. 2), many independent runs at once, to see what their mean does.
import {
  add,
  cast,
  compile,
  div,
  gradient,
  input,
  matmul,
  mul,
  square,
  sub,
  sum,
  type CompileOptions,
  type RandomStream,
} from '@whitewater/tensor'
import { combine, type Matrix } from '../../linalg/matrix.ts'
import { onCpu } from '../../linalg/on-cpu.ts'
import { multiply } from '../../linalg/product.ts'

export interface StochasticRun {
  /** Sigma^{1/2} of the data as it is matched, symmetric, [d, d]. */
  readonly root: Matrix
  readonly t: number
  /** A_0 of every run, [d, d]. */
  readonly start: Matrix
  readonly stepSize: number
  readonly steps: number
  /** Independent runs. */
  readonly runs: number
  /** Fresh pairs (x0, x1) per step and run. */
  readonly batch: number
  /** Stream that the pairs are drawn from. */
  readonly stream: RandomStream
  /** A* that errors are measured from, [d, d]. */
  readonly optimum: Matrix
  /** Directions q_j that errors are measured along, as columns, [d, d]. */
  readonly directions: Matrix
}

export interface MeanError {
  /** Mean over runs of the share that is left of each mode's initial error e_0 = (A_0 - A*) q_j: <e_k, e_0> / |e_0|^2. [d] */
  readonly mean: Float64Array
  /** Standard errors of the means, [d]. */
  readonly error: Float64Array
}

type Shape = Pick<StochasticRun, 'runs' | 'batch' | 't' | 'stepSize'> & { readonly d: number }

function traceStep({ runs, batch, d, t, stepSize }: Shape) {
  const [x0, z] = ['x0', 'z'].map((name) => input(name, [runs, batch, d]))
  const a = input('a', [runs, d, d], 'float64')
  const [root, optimum, directions, initial] = ['root', 'optimum', 'directions', 'initial'].map((name) =>
    input(name, [d, d], 'float64'),
  )
  const noise = cast(x0, 'float64')
  const data = matmul(cast(z, 'float64'), root)
  const x = add(mul(noise, 1 - t), mul(data, t))
  const residual = sub(matmul(x, a, { transposeB: true }), sub(data, noise))
  // The runs share no parameter, so the gradient of their summed losses is that of each.
  const [slope] = gradient(div(sum(square(residual)), batch), [a])
  const errors = matmul(sub(a, optimum), directions)
  return {
    inputs: [x0, z, root, optimum, directions, initial],
    outputs: { shares: div(sum(mul(errors, initial), [1]), sum(square(initial), [0])) },
    state: { a: { current: a, next: sub(a, mul(slope, stepSize)) } },
  }
}

/** Mean and its standard error of each column of [n, d]. */
function columnMeans(values: ArrayLike<number>, d: number): MeanError {
  const n = values.length / d
  const sums = [new Float64Array(d), new Float64Array(d)]
  for (let i = 0; i < values.length; i++) sums[0][i % d] += values[i] / n
  for (let i = 0; i < values.length; i++) sums[1][i % d] += (values[i] - sums[0][i % d]) ** 2
  return { mean: sums[0], error: sums[1].map((squares) => Math.sqrt(squares / (n - 1) / n)) }
}

/** The mean error after 0, 1, .. `steps` steps. In float64 on the CPU; the draws are float32. */
export async function measureStochastic(run: StochasticRun, engine?: CompileOptions): Promise<MeanError[]> {
  const { root, start, optimum, directions, steps, runs, batch, stream } = run
  const d = start.rows
  const program = await compile(traceStep({ ...run, d }), onCpu(engine))
  const initial = multiply(combine(1, start, -1, optimum), directions)
  const fixed = { root: root.data, optimum: optimum.data, directions: directions.data, initial: initial.data }
  try {
    await program.writeState(
      'a',
      Float64Array.from({ length: runs * d * d }, (_, i) => start.data[i % (d * d)]),
    )
    const [x0, z] = [0, 1].map(() => new Float32Array(runs * batch * d))
    const means: MeanError[] = []
    for (let k = 0; k <= steps; k++) {
      const { shares } = await program.run({ x0: stream.normal(x0), z: stream.normal(z), ...fixed })
      means.push(columnMeans(Float64Array.from(shares.data, Number), d))
    }
    return means
  } finally {
    await program.dispose()
  }
}
