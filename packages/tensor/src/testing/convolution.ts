// Convolutions against sums in float64, and their gradients likewise: what the tests of every algorithm, and the checks on other
// processors, have in common.
import { sizeOf, type Shape } from '../array.ts'
import { gradient } from '../gradient.ts'
import type { Target } from '../graph.ts'
import { conv2d } from '../operations/conv.ts'
import { encode } from '../program.ts'
import { trustAll, type Trust } from '../reliance.ts'
import { loadProgram } from '../runtime/session.ts'
import { input, type Tensor } from '../tensor.ts'

/** Seeded numbers in [-1, 1): a linear congruence is random enough for operands. */
export function noise(size: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 12345
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}

/** One convolution: x [n,c,h,w], w [o,c,kh,kw]. */
export interface ConvCase {
  readonly x: Shape
  readonly w: Shape
  readonly stride: number
  readonly padding: number
}

export const resultShape = ({ x, w, stride, padding }: ConvCase): Shape => [
  x[0],
  w[0],
  ...[2, 3].map((axis) => Math.floor((x[axis] + 2 * padding - w[axis]) / stride) + 1),
]

/** Calls `visit(x index, weight index, y index)` for every product of the convolution. */
export function products(of: ConvCase, visit: (x: number, w: number, y: number) => void): void {
  const { x, w, stride, padding } = of
  const y = resultShape(of)
  for (let n = 0; n < y[0]; n++)
    for (let o = 0; o < y[1]; o++)
      for (let i = 0; i < y[2]; i++)
        for (let j = 0; j < y[3]; j++)
          for (let c = 0; c < x[1]; c++)
            for (let u = 0; u < w[2]; u++)
              for (let v = 0; v < w[3]; v++) {
                const row = i * stride + u - padding
                const column = j * stride + v - padding
                if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) continue
                visit(
                  ((n * x[1] + c) * x[2] + row) * x[3] + column,
                  ((o * x[1] + c) * w[2] + u) * w[3] + v,
                  ((n * y[1] + o) * y[2] + i) * y[3] + j,
                )
              }
}

/** y by sums in float64. */
export function reference(
  of: ConvCase,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  bias?: ArrayLike<number>,
) {
  const shape = resultShape(of)
  const plane = shape[2] * shape[3]
  const y = Float64Array.from({ length: sizeOf(shape) }, (_, at) =>
    bias ? bias[Math.floor(at / plane) % shape[1]] : 0,
  )
  products(of, (a, b, c) => (y[c] += x[a] * w[b]))
  return y
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((m, v) => Math.max(m, Math.abs(v)), 0)

/** Largest difference, relative to the largest value. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  return largest(Array.from(a, (value, index) => value - b[index])) / Math.max(1e-3, largest(b))
}

/** Shapes at which each algorithm is at work, whatever the seed. */
export const typical: readonly ConvCase[] = [
  { x: [2, 4, 4, 4], w: [256, 4, 3, 3], stride: 1, padding: 1 },
  { x: [3, 32, 4, 4], w: [48, 32, 3, 3], stride: 1, padding: 1 },
  { x: [2, 128, 4, 4], w: [96, 128, 3, 3], stride: 1, padding: 1 },
  { x: [2, 16, 7, 7], w: [32, 16, 3, 3], stride: 1, padding: 1 },
  { x: [2, 32, 8, 8], w: [32, 32, 3, 3], stride: 2, padding: 1 },
  { x: [2, 16, 17, 13], w: [32, 16, 3, 3], stride: 1, padding: 1 },
  { x: [1, 32, 16, 16], w: [16, 32, 5, 5], stride: 1, padding: 2 },
  { x: [2, 16, 9, 9], w: [16, 16, 1, 1], stride: 1, padding: 0 },
  { x: [1, 3, 6, 6], w: [2, 3, 2, 2], stride: 1, padding: 3 },
]

/**
 * Outputs that fill, and do not fill, blocks of 8 and of 16 channels, for batches above one, with inputs that divide by 16; every
 * other one with strides.
 */
export const partBlocks: readonly ConvCase[] = [1, 3, 4, 8, 12, 16, 24, 40].flatMap((outputs, at) => [
  { x: [3, 16, 12, 11], w: [outputs, 16, 3, 3], stride: 1 + (at % 2), padding: 1 },
  // Its input gradient has inputs and outputs in each other's places.
  { x: [3, outputs, 12, 11], w: [32, outputs, 3, 3], stride: 1, padding: 1 },
])

export const operandsOf = (of: ConvCase) => {
  const y = resultShape(of)
  return {
    operands: { x: input('x', of.x), w: input('w', of.w), b: input('b', [of.w[0]]), v: input('v', y) },
    values: {
      x: noise(sizeOf(of.x), 1),
      w: noise(sizeOf(of.w), 2),
      b: noise(of.w[0], 3),
      v: noise(sizeOf(y), 4),
    },
  }
}

/** How programs are made for a check, and which of the kernels that are relied on they use. */
export interface ConvRun {
  readonly target?: Target
  readonly trust?: Trust
}

/** Runs with operands as inputs, so that nothing is folded away. */
export async function run(
  operands: Record<string, Tensor>,
  values: Record<string, Float32Array>,
  outputs: Record<string, Tensor>,
  { target = 'cpu', trust = trustAll }: ConvRun = {},
): Promise<Record<string, Float32Array>> {
  // What is emitted for other targets is plain ONNX, which the CPU runs too.
  const model = encode({ inputs: Object.values(operands), outputs }, target, trust)
  const program = await loadProgram({ ...model, target: 'cpu' })
  const results = await program.run(values)
  await program.dispose()
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]))
}

/** Distances of y and its gradients in x, w and a bias from the sums in float64. */
export async function convErrors(of: ConvCase, how: ConvRun = {}): Promise<Record<string, number>> {
  const { operands, values } = operandsOf(of)
  const { x, w, b, v } = operands
  const y = conv2d(x, w, b, of)
  const [dx, dw, db] = gradient(y, [x, w, b], v)
  const got = await run(operands, values, { y, dx, dw, db }, how)
  const expected = {
    dx: new Float64Array(values.x.length),
    dw: new Float64Array(values.w.length),
    db: new Float64Array(values.b.length),
  }
  products(of, (a, k, c) => {
    expected.dx[a] += values.w[k] * values.v[c]
    expected.dw[k] += values.x[a] * values.v[c]
  })
  const [, outputs, height, width] = resultShape(of)
  values.v.forEach((value, at) => (expected.db[Math.floor(at / (height * width)) % outputs] += value))
  return {
    y: distance(got.y, reference(of, values.x, values.w, values.b)),
    dx: distance(got.dx, expected.dx),
    dw: distance(got.dw, expected.dw),
    db: distance(got.db, expected.db),
  }
}
