// What is known exactly when the data are N(m, diag(lambda)): on any path x_t is Gaussian, and so is the data given x_t.
import { add, constant, div, mul, square, sub, type Operand, type Tensor } from '@whitewater/tensor'
import { perSample, type Field } from '../field.ts'
import type { Path } from '../path.ts'

export interface DiagonalGaussian {
  readonly mean: readonly number[]
  readonly variances: readonly number[]
}

/** Posterior means at x [n, d] and t [n], and what follows from them. */
export function posterior({ mean, variances }: DiagonalGaussian, path: Path, x: Tensor, t: Tensor) {
  const row = (values: readonly number[]) =>
    constant(x.dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values), [1, mean.length])
  const at = (value: Operand) => (typeof value === 'number' ? value : perSample(value, x))
  const m = row(mean)
  const lambda = row(variances)
  const alpha = at(path.alpha(t))
  const sigma = at(path.sigma(t))
  const alphaRate = at(path.alphaRate(t))
  const sigmaRate = at(path.sigmaRate(t))
  const rest = sub(x, mul(m, alpha))
  const s = add(mul(square(mul(add(mul(m, 0), 1), alpha)), lambda), square(mul(add(mul(m, 0), 1), sigma)))
  const data = add(m, mul(rest, div(mul(lambda, alpha), s)))
  const noise = div(mul(rest, sigma), s)
  return {
    data,
    noise,
    score: div(mul(rest, -1), s),
    velocity: add(mul(data, alphaRate), mul(noise, sigmaRate)),
  }
}

export const exactField =
  (gaussian: DiagonalGaussian, path: Path, what: keyof ReturnType<typeof posterior> = 'velocity'): Field =>
  (x, t) =>
    posterior(gaussian, path, x, t)[what]
