// Optimizers on the flat parameter vector. The moments are resident program state; what changes per step enters as numbers.
import { add, div, mul, sqrt, square, sub, type Tensor } from '@whitewater/tensor'

export interface Optimizer {
  readonly kind: string
  readonly options: Readonly<Record<string, number>>
  /** Names of the state vectors, each as long as the parameters and zero at the start. */
  readonly moments: readonly string[]
  /** Numbers of one step, counted from 1, as float64: bias corrections folded into the rate. */
  numbers(step: number, learningRate: number): readonly number[]
  /** The next parameters and moments; `numbers` are tensors [1] in the order above. */
  update(state: OptimizerState, gradient: Tensor, numbers: readonly Tensor[]): OptimizerState
}

export interface OptimizerState {
  readonly parameters: Tensor
  readonly moments: readonly Tensor[]
}

export interface AdamOptions {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
}

export interface AdamWOptions extends AdamOptions {
  readonly weightDecay?: number
}

/** m + (1 - beta)(x - m). */
const movingAverage = (m: Tensor, x: Tensor, beta: number): Tensor => add(mul(m, beta), mul(x, 1 - beta))

function adamFamily(
  kind: string,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
  weightDecay: number,
): Optimizer {
  return {
    kind,
    options: { beta1, beta2, epsilon, ...(kind === 'adamw' && { weightDecay }) },
    moments: ['adam.mean', 'adam.square'],
    numbers: (step, learningRate) => [
      learningRate / (1 - beta1 ** step),
      1 / Math.sqrt(1 - beta2 ** step),
      1 - learningRate * weightDecay,
    ],
    update({ parameters, moments: [mean, meanSquare] }, gradient, [rate, correction, keep]) {
      const m = movingAverage(mean, gradient, beta1)
      const v = movingAverage(meanSquare, square(gradient), beta2)
      const change = mul(div(m, add(mul(sqrt(v), correction), epsilon)), rate)
      const kept = weightDecay === 0 ? parameters : mul(parameters, keep)
      return { parameters: sub(kept, change), moments: [m, v] }
    },
  }
}

/** Adam (Kingma & Ba 2015), with PyTorch's place for epsilon. */
export const adam = (options: AdamOptions = {}): Optimizer => adamFamily('adam', options, 0)

/** Adam with decoupled weight decay on all parameters (Loshchilov & Hutter 2019). */
export const adamw = ({ weightDecay = 0.01, ...options }: AdamWOptions = {}): Optimizer =>
  adamFamily('adamw', options, weightDecay)

export const optimizers = { adam, adamw }
