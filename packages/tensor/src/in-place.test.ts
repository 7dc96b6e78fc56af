import { describe, expect, it } from 'vitest'
import { compile } from './compile.ts'
import { gradient } from './gradient.ts'
import * as w from './index.ts'
import { encode, type Model } from './program.ts'
import { loadProgram } from './runtime/session.ts'
import type { ProgramSpec } from './spec.ts'
import { input, type Tensor } from './tensor.ts'

const x = input('x', [2, 2])
const v = input('v', [2, 2])
const g = input('g', [2, 2])

/** Whether the state `v` is written over, beside outputs that may read it too. */
function inPlace(next: Tensor, outputs: Record<string, Tensor> = {}): boolean {
  const { state } = encode({ inputs: [g], outputs, state: { v: { current: v, next } } }, 'cpu')
  return state[0].inPlace
}

describe('a state is written over', () => {
  const decayed = w.add(w.mul(v, 0.9), g)

  it('when the next value needs everything that reads the current one', () => {
    expect(inPlace(decayed)).toBe(true)
    expect(inPlace(decayed, { y: w.sqrt(decayed) })).toBe(true)
    expect(inPlace(w.matmul(w.add(v, g), w.sub(v, g)))).toBe(true)
  })

  it('but not when something else reads it, reads a view of it, or reads it while it is written', () => {
    expect(inPlace(decayed, { y: w.mul(v, 2) })).toBe(false)
    expect(inPlace(decayed, { y: v })).toBe(false)
    expect(inPlace(w.reshape(w.mul(w.reshape(v, [4]), 0.9), [2, 2]))).toBe(false)
    expect(inPlace(w.matmul(v, g))).toBe(false)
    expect(inPlace(w.add(v, g))).toBe(false)
    expect(inPlace(g)).toBe(true)
  })

  it('nor when a loop reads it from outside', () => {
    const body = (_: unknown, [h]: readonly Tensor[]) => ({ next: [w.mul(h, v)] })
    const [looped] = w.loop({ most: 2, state: [g], body })
    expect(inPlace(decayed, { looped })).toBe(false)
  })
})

/** Momentum and a moving average, `steps` steps a run: the weights are read by products, the other two only by arithmetic. */
function descent(steps: number): ProgramSpec {
  const first = ['weights', 'mean', 'average'].map((name) => input(name, [2, 2]))
  let [weights, mean, average] = first
  for (let step = 0; step < steps; step++) {
    const loss = w.mean(w.square(w.sub(w.matmul(w.tanh(w.matmul(x, weights)), weights), 1)))
    const [slope] = gradient(loss, [weights])
    mean = w.add(w.mul(mean, 0.9), slope)
    weights = w.sub(weights, w.mul(mean, 0.1))
    average = w.add(weights, w.mul(w.sub(average, weights), 0.99))
  }
  const initial = Float32Array.of(0.5, -1, 0.25, 1)
  return {
    inputs: [x],
    state: {
      weights: { current: first[0], next: weights, initial },
      mean: { current: first[1], next: mean },
      average: { current: first[2], next: average, initial },
    },
  }
}

const twice = (model: Model): Model => ({
  ...model,
  state: model.state.map((port) => ({ ...port, inPlace: false })),
})

it.each([1, 4])('%i steps a run give the same bits in one buffer as in two', async (steps) => {
  const model = encode(descent(steps), 'cpu')
  expect(model.state.map((port) => port.inPlace)).toEqual([false, true, true])
  const programs = [await compile(descent(steps)), await loadProgram(twice(model))]
  const results = []
  for (const program of programs) {
    for (let run = 0; run < 5; run++) await program.run({ x: Float32Array.of(1, 2, -1, 0.5) })
    results.push(await Promise.all(['weights', 'mean', 'average'].map((name) => program.readState(name))))
    await program.dispose()
  }
  expect(results[0]).toEqual(results[1])
})
