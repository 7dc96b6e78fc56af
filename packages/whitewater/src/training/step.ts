// One compiled program that does whole training steps: loss, gradient, clipping, optimizer, EMA; several steps a run
// where steps are small, since every run has a fixed cost.
import {
  add,
  concat,
  div,
  gradient,
  input,
  minimum,
  mul,
  reshape,
  simplify,
  sizeOf,
  split,
  sqrt,
  square,
  sub,
  sum,
  type DType,
  type ProgramSpec,
  type Shape,
  type StateSpec,
  type Tensor,
} from '@whitewater/tensor'
import { countParameters, declare, flatten, unflatten, type Parameter, type Scope } from '../nn/scope.ts'
import type { Optimizer } from './optimizer.ts'

/** A scalar loss of the parameters under a scope and of one batch. */
export interface Objective {
  readonly batch: Readonly<Record<string, { readonly shape: Shape; readonly dtype?: DType }>>
  loss(p: Scope, batch: Readonly<Record<string, Tensor>>): Tensor
}

export interface UpdateRule {
  readonly optimizer: Optimizer
  /** Largest global norm of the gradient; none unless given. */
  readonly clip?: number
  /** Whether a moving average of the weights is kept; true unless given. */
  readonly average?: boolean
}

/** A traced step: everything in terms of inputs that stand for one step's values. */
export interface TracedStep {
  readonly parameters: readonly Parameter[]
  readonly count: number
  readonly rule: UpdateRule
  readonly batch: readonly Tensor[]
  readonly numbers: readonly Tensor[]
  /** Flat vectors by name: parameters, average, moments. */
  readonly state: Readonly<Record<string, StateSpec & { readonly next: Tensor }>>
  readonly loss: Tensor
}

/** Numbers that enter with every step beside the optimizer's: the EMA's decay. */
export const sharedNumbers = 1

function clipped(g: Tensor, clip: number | undefined): Tensor {
  if (clip === undefined) return g
  const norm = sqrt(sum(square(g)))
  return mul(g, minimum(div(clip, add(norm, 1e-6)), 1))
}

export function traceStep(objective: Objective, rule: UpdateRule): TracedStep {
  const batch = Object.entries(objective.batch).map(([name, { shape, dtype }]) => input(name, shape, dtype))
  const named = Object.fromEntries(Object.keys(objective.batch).map((name, index) => [name, batch[index]]))
  const { result: loss, parameters, tensors } = declare((p) => objective.loss(p, named))
  const count = countParameters(parameters)
  const { optimizer } = rule
  const numbers = Array.from({ length: sharedNumbers + optimizer.numbers(1, 1).length }, (_, i) =>
    input(`number:${i}`, [1]),
  )

  const weights = input('parameters', [count])
  const average = input('average', [count])
  const moments = optimizer.moments.map((name) => input(name, [count]))
  const views = new Map(unflatten(weights, parameters).map((view, index) => [tensors[index], view]))
  const [flatLoss, flatGradient] = simplify([loss, flatten(gradient(loss, tensors))], views)
  const [decay, ...own] = numbers
  const next = optimizer.update({ parameters: weights, moments }, clipped(flatGradient, rule.clip), own)
  const averaged = { current: average, next: add(next.parameters, mul(sub(average, next.parameters), decay)) }
  const state = {
    parameters: { current: weights, next: next.parameters },
    ...(rule.average !== false && { average: averaged }),
    ...Object.fromEntries(
      moments.map((moment, i) => [optimizer.moments[i], { current: moment, next: next.moments[i] }]),
    ),
  }
  return { parameters, count, rule, batch, numbers, state, loss: flatLoss }
}

const nameOf = (x: Tensor): string => (x.origin.kind === 'input' ? x.origin.name : '')

/**
 * `steps` steps in a row as one program. Its inputs are the batch tensors with a leading axis `steps`, and `numbers`
 * [steps, ...]; its output `loss` is [steps].
 */
export function unrolled(step: TracedStep, steps: number): ProgramSpec {
  const stacked = step.batch.map((x) => input(nameOf(x), [steps, ...x.shape], x.dtype))
  const perStep = stacked.map((x) => split(x, Array<number>(steps).fill(1)))
  const numbers = input('numbers', [steps * step.numbers.length])
  const eachNumber = split(numbers, Array<number>(steps * step.numbers.length).fill(1))

  const names = Object.keys(step.state)
  const nexts = names.map((name) => step.state[name].next)
  let current = names.map((name) => step.state[name].current)
  const losses: Tensor[] = []
  for (let k = 0; k < steps; k++) {
    const substitutes = new Map<Tensor, Tensor>()
    names.forEach((name, i) => substitutes.set(step.state[name].current, current[i]))
    step.batch.forEach((x, i) => substitutes.set(x, reshape(perStep[i][k], x.shape)))
    step.numbers.forEach((x, i) => substitutes.set(x, eachNumber[k * step.numbers.length + i]))
    const [loss, ...after] = simplify([step.loss, ...nexts], substitutes)
    losses.push(reshape(loss, [1]))
    current = after
  }
  return {
    inputs: [...stacked, numbers],
    outputs: { loss: concat(losses) },
    state: Object.fromEntries(
      names.map((name, i) => [name, { current: step.state[name].current, next: current[i] }]),
    ),
  }
}

/** Steps per run: as many as keep a run's arithmetic (6 flop a weight and row) within about a quarter of a Gflop, at most 8. */
export function stepsPerRun({ count, batch }: TracedStep): number {
  const rows = Math.max(1, ...batch.map((x) => x.shape[0] ?? 1))
  const bytes = batch.reduce((sum, x) => sum + 4 * sizeOf(x.shape), 0)
  const affordable = Math.min(2.5e8 / (6 * count * rows), 1.6e7 / Math.max(1, bytes))
  return Math.max(1, Math.min(8, Math.floor(affordable)))
}
