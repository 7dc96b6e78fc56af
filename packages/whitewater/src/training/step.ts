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
import { countParameters, declare, type Scope } from '../nn/scope.ts'
import { joined, layoutOf, stateName, viewsOf, type Layout } from './groups.ts'
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
  readonly layout: Layout
  readonly count: number
  readonly rule: UpdateRule
  readonly batch: readonly Tensor[]
  readonly numbers: readonly Tensor[]
  /** What lives on between steps, each as long as the parameters: `parameters`, `average`, the optimizer's moments. */
  readonly vectors: readonly string[]
  /** The vectors' parts, by `stateName`. */
  readonly state: Readonly<Record<string, StateSpec & { readonly next: Tensor }>>
  readonly loss: Tensor
}

/** Numbers that enter with every step beside the optimizer's: the EMA's decay. */
const sharedNumbers = 1

/** Gradients scaled so that their global norm is at most `clip`. */
function clipped(gradients: readonly Tensor[], clip: number | undefined): readonly Tensor[] {
  if (clip === undefined) return gradients
  const norm = sqrt(gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b)))
  const scale = minimum(div(clip, add(norm, 1e-6)), 1)
  return gradients.map((g) => mul(g, scale))
}

/** One group's update: current and next of each vector, in the order of `vectors`. */
function updateGroup(
  rule: UpdateRule,
  group: number,
  weights: Tensor,
  g: Tensor,
  numbers: readonly Tensor[],
) {
  const { optimizer } = rule
  const [decay, ...own] = numbers
  const like = (name: string) => input(stateName(name, group), weights.shape)
  const moments = optimizer.moments.map(like)
  const next = optimizer.update({ parameters: weights, moments }, g, own)
  const average = like('average')
  const averaged = add(next.parameters, mul(sub(average, next.parameters), decay))
  return [
    { current: weights, next: next.parameters },
    ...(rule.average === false ? [] : [{ current: average, next: averaged }]),
    ...moments.map((moment, i) => ({ current: moment, next: next.moments[i] })),
  ]
}

export function traceStep(objective: Objective, rule: UpdateRule): TracedStep {
  const batch = Object.entries(objective.batch).map(([name, { shape, dtype }]) => input(name, shape, dtype))
  const named = Object.fromEntries(Object.keys(objective.batch).map((name, index) => [name, batch[index]]))
  const { result: loss, parameters, tensors } = declare((p) => objective.loss(p, named))
  const layout = layoutOf(parameters)
  const count = sharedNumbers + rule.optimizer.numbers(1, 1).length
  const numbers = Array.from({ length: count }, (_, i) => input(`number:${i}`, [1]))

  const weights = layout.groups.map(({ size }, g) => input(stateName('parameters', g), [size]))
  const views = new Map(viewsOf(layout, weights).map((view, index) => [tensors[index], view]))
  const [own, ...gradients] = simplify([loss, ...joined(layout, gradient(loss, tensors))], views)
  const vectors = ['parameters', ...(rule.average === false ? [] : ['average']), ...rule.optimizer.moments]
  const entries = clipped(gradients, rule.clip).flatMap((g, group) =>
    updateGroup(rule, group, weights[group], g, numbers).map(
      (spec, i) => [stateName(vectors[i], group), spec] as const,
    ),
  )
  const state = Object.fromEntries(entries)
  return { layout, count: countParameters(parameters), rule, batch, numbers, vectors, state, loss: own }
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
