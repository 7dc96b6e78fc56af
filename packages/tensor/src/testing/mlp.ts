// The training step that every platform must agree on: a SiLU network, mean squared error, Adam on flat state.
import { sizeOf, type Data } from '../array.ts'
import { gradient } from '../gradient.ts'
import { add, div, mul, silu, sqrt, square, sub } from '../operations/elementwise.ts'
import { linear } from '../operations/matmul.ts'
import { mean } from '../operations/reduce.ts'
import { concat, reshape, split } from '../operations/shape.ts'
import type { ProgramSpec } from '../spec.ts'
import { input, type Tensor } from '../tensor.ts'

export interface Training {
  readonly spec: ProgramSpec
  /** Inputs of step k. */
  readonly batch: (k: number) => Record<string, Data>
}

/** Smooth, seedless numbers in [-1, 1]. */
const wave = (length: number, phase: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + phase))

export function training(sizes: readonly number[], rows: number): Training {
  const shapes = sizes.slice(1).flatMap((out, i) => [[out, sizes[i]], [out]])
  const count = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)
  const [flat, first, second] = ['flat', 'first', 'second'].map((name) => input(name, [count]))
  const x = input('x', [rows, sizes[0]])
  const target = input('target', [rows, sizes[sizes.length - 1]])
  const rate = input('rate', [])

  const parts = split(flat, shapes.map(sizeOf)).map((part, i) => reshape(part, shapes[i]))
  let h: Tensor = x
  for (let layer = 0; layer < sizes.length - 1; layer++) {
    h = linear(h, parts[2 * layer], parts[2 * layer + 1])
    if (layer < sizes.length - 2) h = silu(h)
  }
  const loss = mean(square(sub(h, target)))
  const g = concat(gradient(loss, parts).map((dx) => reshape(dx, [-1])))
  const nextFirst = add(mul(first, 0.9), mul(g, 0.1))
  const nextSecond = add(mul(second, 0.999), mul(square(g), 0.001))
  const next = sub(flat, div(mul(nextFirst, rate), add(sqrt(nextSecond), 1e-8)))
  return {
    spec: {
      inputs: [x, target, rate],
      outputs: { loss },
      state: {
        flat: { current: flat, next, initial: wave(count, 0).map((value) => value / 4) },
        first: { current: first, next: nextFirst },
        second: { current: second, next: nextSecond },
      },
    },
    batch: (k) => ({
      x: wave(rows * sizes[0], k),
      target: wave(rows * sizes[sizes.length - 1], 2 * k + 1),
      rate: Float32Array.of(1e-3),
    }),
  }
}
