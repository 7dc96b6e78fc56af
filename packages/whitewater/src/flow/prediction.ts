// What a network predicts, and how one prediction becomes another. Every one is a combination of x0 and x1, and so is x_t:
//   m p = c1 x1 + c0 x0,   x = alpha x1 + sigma x0;
// given p and x, two linear equations are solved for x0 and x1 (Salimans & Ho 2022; Lipman et al. 2024, section 4.8).
import { clamp, sub, type Operand, type Tensor } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import type { Field } from './field.ts'
import { namesOf, oneNamed } from '../kinds/named-kind.ts'
import type { Path } from './path.ts'
import { minus, over, scaled, times, weightedSum } from './scalar.ts'

/** Coefficients of m p = c1 x1 + c0 x0 at one time. */
export interface Combination {
  /** c1. */
  readonly data: Operand
  /** c0. */
  readonly noise: Operand
  /** m. It keeps 1 / sigma out: the loss is that of m p, which is finite at t = 1. */
  readonly scale: Operand
}

export interface Prediction {
  readonly name: string
  readonly combination: (path: Path, t: Tensor) => Combination
  /** The end of the path at which x_t alone is p up to a factor, so that p says nothing more and the velocity cannot be told. */
  readonly silentAt?: 'noise' | 'data'
}

/** u = alpha' x1 + sigma' x0 (Eq. 2): the velocity itself. Bounded at both ends of the linear and the cosine path. */
export const velocityPrediction: Prediction = {
  name: 'velocity',
  combination: (path, t) => ({ data: path.alphaRate(t), noise: path.sigmaRate(t), scale: 1 }),
}

/** x1: the denoiser. v = (sigma' x + D x1) / sigma divides by zero at t = 1. */
export const dataPrediction: Prediction = {
  name: 'data',
  combination: () => ({ data: 1, noise: 0, scale: 1 }),
  silentAt: 'data',
}

/** x0: the noise, as in Ho et al. (2020). v = (alpha' x - D x0) / alpha divides by zero at t = 0. */
export const noisePrediction: Prediction = {
  name: 'noise',
  combination: () => ({ data: 0, noise: 1, scale: 1 }),
  silentAt: 'noise',
}

/**
 * s = grad log p_t(x) = -E[x0 | x] / sigma, learned by denoising score matching (Vincent 2011) with Song et al.'s weight
 * sigma^2 (2021), which makes the loss that of the noise. v = (alpha' x + D sigma s) / alpha divides by zero at t = 0.
 */
export const scorePrediction: Prediction = {
  name: 'score',
  combination: (path, t) => ({ data: 0, noise: -1, scale: path.sigma(t) }),
  silentAt: 'noise',
}

const predictions: readonly Prediction[] = [
  velocityPrediction,
  dataPrediction,
  noisePrediction,
  scorePrediction,
]

export const predictionKinds: readonly string[] = namesOf(predictions)

/** @throws WhitewaterError (usage) for a name that there is not */
export const predictionNamed = (name: string): Prediction => oneNamed('prediction', predictions, name)

/** c1 sigma - c0 alpha: how much p adds to what x says; m times its error is this over sigma times the error of x1. */
export function determinant(prediction: Prediction, path: Path, t: Tensor): Operand {
  const { data, noise } = prediction.combination(path, t)
  return minus(times(data, path.sigma(t)), times(noise, path.alpha(t)))
}

/** m p - (c1 x1 + c0 x0), [n, ...features]: what the loss squares. p is what a network said, t [n]. */
export function predictionError(
  prediction: Prediction,
  path: Path,
  { p, x0, x1, t }: { readonly p: Tensor; readonly x0: Tensor; readonly x1: Tensor; readonly t: Tensor },
): Tensor {
  const { data, noise, scale } = prediction.combination(path, t)
  return sub(scaled(scale, p), weightedSum(data, x1, noise, x0))
}

/** p of given x0 and x1, [n, ...features]: the training target in the network's own units. Infinite for the score at t = 1. */
export function predictionTarget(
  prediction: Prediction,
  path: Path,
  x0: Tensor,
  x1: Tensor,
  t: Tensor,
): Tensor {
  const { data, noise, scale } = prediction.combination(path, t)
  return weightedSum(over(data, scale), x1, over(noise, scale), x0)
}

/** Another prediction from p at x: x [n, ...features], t [n]. Exact; not finite where `from` is silent or `to` is infinite. */
export function convertPrediction(
  path: Path,
  { from, to }: { readonly from: Prediction; readonly to: Prediction },
  { p, x, t }: { readonly p: Tensor; readonly x: Tensor; readonly t: Tensor },
): Tensor {
  if (from === to) return p
  const given = from.combination(path, t)
  const wanted = to.combination(path, t)
  const whole = times(determinant(from, path, t), wanted.scale)
  const ofP = times(determinant(to, path, t), given.scale)
  const ofX = minus(times(wanted.noise, given.data), times(wanted.data, given.noise))
  return weightedSum(over(ofP, whole), p, over(ofX, whole), x)
}

/** The velocity from a prediction at x: `convertPrediction` to the velocity. */
export const velocityOfPrediction = (
  path: Path,
  prediction: Prediction,
  given: { readonly p: Tensor; readonly x: Tensor; readonly t: Tensor },
): Tensor => convertPrediction(path, { from: prediction, to: velocityPrediction }, given)

/** grad log p_t(x) = (alpha v - alpha' x) / (D sigma) from the velocity v at x (Albergo & Vanden-Eijnden 2023); infinite at t = 1. */
export const scoreOfVelocity = (path: Path, v: Tensor, x: Tensor, t: Tensor): Tensor =>
  convertPrediction(path, { from: velocityPrediction, to: scorePrediction }, { p: v, x, t })

/** How near a prediction's silent end its velocity is taken. */
export const SILENT_MARGIN = 0.01

/**
 * The velocity field of a network that predicts something else. Where the prediction is silent, in the last `margin` of the
 * path, the velocity is the one at that margin: network and conversion are both given the time clamped to it, which errs by
 * no more than the velocity changes in that time. Smaller margins amplify the network's error by 1 / margin.
 * @throws WhitewaterError (usage) unless the margin is in (0, 1/2)
 */
export function velocityField(
  network: Field,
  path: Path,
  prediction: Prediction,
  { margin = SILENT_MARGIN }: { readonly margin?: number } = {},
): Field {
  if (prediction === velocityPrediction) return network
  if (!(margin > 0 && margin < 0.5))
    throw usageError(`the margin is ${margin}, expected a number in (0, 0.5)`)
  const earliest = prediction.silentAt === 'noise' ? margin : 0
  const latest = prediction.silentAt === 'data' ? 1 - margin : 1
  return (x, time, labels) => {
    const t = clamp(time, earliest, latest)
    return velocityOfPrediction(path, prediction, { p: network(x, t, labels), x, t })
  }
}
