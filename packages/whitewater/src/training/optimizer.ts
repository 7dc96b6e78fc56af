// Optimizers on the flat parameter vector. The moments are resident program state; what changes per step enters as numbers.
import { add, div, mul, sqrt, square, sub, type Tensor } from '@whitewater/tensor'
import { z } from 'zod'
import { madeOf, namedKind, oneNamed, textsOf, type Choice, type NamedKind } from '../kinds/named-kind.ts'

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

/*
 * The moments are kept without their factors 1 - beta, M = m / (1 - beta1) and V = v / (1 - beta2), and the bias corrections
 * are folded into two numbers a step. With c^2 = (1 - beta2) / (1 - beta2^t) the update
 *   lr m^ / (sqrt(v^) + epsilon) = [lr (1 - beta1) / ((1 - beta1^t) c)] M / (sqrt(V) + epsilon / c)
 * is Adam's exactly, in ten passes over memory instead of thirteen; large models are bound by these passes.
 */
function adamFamily(
  kind: string,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
  weightDecay: number,
): Optimizer {
  return {
    kind,
    options: { beta1, beta2, epsilon, ...(kind === 'adamw' && { weightDecay }) },
    moments: ['adam.mean', 'adam.square'],
    numbers: (step, learningRate) => {
      const c = Math.sqrt((1 - beta2) / (1 - beta2 ** step))
      const rate = (learningRate * (1 - beta1)) / ((1 - beta1 ** step) * c)
      return [rate, epsilon / c, 1 - learningRate * weightDecay]
    },
    update({ parameters, moments: [mean, meanSquare] }, gradient, [rate, floor, keep]) {
      const m = add(mul(mean, beta1), gradient)
      const v = add(mul(meanSquare, beta2), square(gradient))
      const change = mul(div(m, add(sqrt(v), floor)), rate)
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

const decayRate = z.number().min(0).lt(1).optional()

const adamOptions = {
  beta1: decayRate.describe('decay of the mean gradient; 0.9 unless given'),
  beta2: decayRate.describe('decay of the mean squared gradient; 0.999 unless given'),
  epsilon: z.number().positive().optional().describe('added to the root of that mean; 1e-8 unless given'),
}

const kinds = [
  namedKind({ name: 'adam', about: 'Adam (Kingma & Ba 2015)', options: adamOptions, make: adam }),
  namedKind({
    name: 'adamw',
    about: 'Adam with decoupled weight decay (Loshchilov & Hutter 2019)',
    options: {
      beta1: adamOptions.beta1,
      beta2: adamOptions.beta2,
      epsilon: adamOptions.epsilon,
      weightDecay: z.number().min(0).optional().describe('of all parameters; 0.01 unless given'),
    },
    make: adamw,
  }),
] as const

export type OptimizerName = (typeof kinds)[number]['name']

export const optimizerKinds: readonly OptimizerName[] = kinds.map(({ name }) => name)
export const optimizerTexts = textsOf(kinds)

/** Whether an optimizer has an option. */
export const optimizerTakes = (name: OptimizerName, option: string): boolean =>
  option in oneNamed<NamedKind<Optimizer>>('optimizer', kinds, name).options

/**
 * `optimizerNamed({ kind: 'adamw', weightDecay: 0.1 })`.
 * @throws WhitewaterError (usage) for a kind or an option that there is not, or a value that does not fit
 */
export const optimizerNamed = (choice: Choice): Optimizer => madeOf('optimizer', kinds, choice)
