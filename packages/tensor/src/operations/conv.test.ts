import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../compile.ts'
import { gradient } from '../gradient.ts'
import { constant, input } from '../tensor.ts'
import { refuted } from '../runtime/looks.ts'
import { loadProgram } from '../runtime/session.ts'
import {
  convErrors,
  distance,
  noise,
  operandsOf,
  partBlocks,
  products,
  reference,
  run,
  typical,
  type ConvCase,
  type ConvRun,
} from '../testing/convolution.ts'
import { blockedKernels } from './conv-blocked.ts'
import { conv1d, conv2d, inputGradient, weightGradient } from './conv.ts'
import { add, mul, silu, square } from './elementwise.ts'
import { sum } from './reduce.ts'

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((total, value, index) => total + value * b[index], 0)

const cases: fc.Arbitrary<ConvCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    c: fc.constantFrom(1, 2, 3, 7, 8, 10, 16, 32),
    o: fc.constantFrom(1, 2, 5, 9, 16, 20, 32),
    h: fc.integer({ min: 1, max: 12 }),
    w: fc.integer({ min: 1, max: 12 }),
    kh: fc.integer({ min: 1, max: 5 }),
    kw: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 3 }),
  })
  .filter((r) => r.h + 2 * r.padding >= r.kh && r.w + 2 * r.padding >= r.kw)
  .map((r) => ({
    x: [r.n, r.c, r.h, r.w],
    w: [r.o, r.c, r.kh, r.kw],
    stride: r.stride,
    padding: r.padding,
  }))

/** Builds of ONNX Runtime for some processors have no blocked kernels. */
const bad = await refuted(new Set([blockedKernels]), 'cpu', loadProgram)

async function checkPasses(of: ConvCase, how: ConvRun = {}): Promise<void> {
  const errors = await convErrors(of, { trust: (reliance) => !bad.has(reliance), ...how })
  for (const [pass, error] of Object.entries(errors)) expect(error, pass).toBeLessThan(1e-5)
}

describe('conv2d', () => {
  it.each(typical)('agrees with the sums, and so do its gradients: %o', (of) => checkPasses(of))

  it.each(partBlocks)('agrees with the sums where blocks of channels are filled in part: %o', (of) =>
    checkPasses(of),
  )

  it('agrees with the sums without the kernels that it relies on', async () => {
    for (const of of [...typical, ...partBlocks]) await checkPasses(of, { trust: () => false })
  })

  it.each(['wasm', 'webgpu'] as const)('agrees with the sums in what is emitted for %s', async (target) => {
    for (const of of typical) await checkPasses(of, { target })
  })

  it('agrees with the sums for any geometry', async () => {
    await fc.assert(
      fc.asyncProperty(cases, (of) => checkPasses(of)),
      { numRuns: 60, seed: 7 },
    )
  })

  it('satisfies <conv(x, w), y> = <x, input gradient> = <w, weight gradient>', async () => {
    for (const of of typical) {
      const { operands, values } = operandsOf(of)
      const y = conv2d(operands.x, operands.w, undefined, of)
      const got = await run(operands, values, {
        y,
        dx: gradient(y, [operands.x], operands.v)[0],
        dw: gradient(y, [operands.w], operands.v)[0],
        used: operands.b,
      })
      const scale = Math.sqrt(dot(got.y, got.y) * dot(values.v, values.v))
      expect(Math.abs(dot(got.y, values.v) - dot(values.x, got.dx)) / scale).toBeLessThan(1e-6)
      expect(Math.abs(dot(got.y, values.v) - dot(values.w, got.dw)) / scale).toBeLessThan(1e-6)
    }
  })

  it('has the gradients of central differences in float64', async () => {
    const of: ConvCase = { x: [2, 3, 5, 4], w: [4, 3, 3, 3], stride: 2, padding: 1 }
    const { operands, values } = operandsOf(of)
    const { x, w, b } = operands
    const loss = sum(square(silu(conv2d(x, w, b, of))))
    const [dx, dw, db] = gradient(loss, [x, w, b])
    const got = await run(operands, values, { dx, dw, db, used: operands.v })
    const plain = {
      x: Float64Array.from(values.x),
      w: Float64Array.from(values.w),
      b: Float64Array.from(values.b),
    }
    const lossOf = () =>
      reference(of, plain.x, plain.w, plain.b).reduce((s, y) => s + (y / (1 + Math.exp(-y))) ** 2, 0)
    const slopes = (key: 'x' | 'w' | 'b') =>
      plain[key].map((value, at) => {
        const h = 1e-5
        plain[key][at] = value + h
        const above = lossOf()
        plain[key][at] = value - h
        const below = lossOf()
        plain[key][at] = value
        return (above - below) / (2 * h)
      })
    expect(distance(got.dx, slopes('x'))).toBeLessThan(1e-4)
    expect(distance(got.dw, slopes('w'))).toBeLessThan(1e-4)
    expect(distance(got.db, slopes('b'))).toBeLessThan(1e-4)
  })

  // loss = |y|^2, y = conv(x, w). Along a direction (p, q) y moves by m = conv(p, w) + conv(x, q), so the product of
  // the Hessian with (p, q) is 2 [conv^T(m, w) + conv^T(y, q)] in x and 2 [x * m + p * y] in w, summed here in float64.
  it.each([typical[1], typical[3], typical[4], { x: [2, 3, 5, 4], w: [4, 3, 3, 3], stride: 2, padding: 1 }])(
    'has the second derivatives of the sums: %o',
    async (of) => {
      const { operands, values } = operandsOf(of)
      const { x, w } = operands
      const p = noise(values.x.length, 8)
      const q = noise(values.w.length, 9)
      const [dx, dw] = gradient(sum(square(conv2d(x, w, undefined, of))), [x, w])
      const slope = add(sum(mul(dx, constant(p, of.x))), sum(mul(dw, constant(q, of.w))))
      const [hx, hw] = gradient(slope, [x, w])
      const got = await run(operands, values, { hx, hw, usedB: operands.b, usedV: operands.v })

      const y = reference(of, values.x, values.w)
      const fromW = reference(of, values.x, q)
      const m = reference(of, p, values.w).map((value, at) => value + fromW[at])
      const expected = { hx: new Float64Array(p.length), hw: new Float64Array(q.length) }
      products(of, (at, k, c) => {
        expected.hx[at] += 2 * (m[c] * values.w[k] + y[c] * q[k])
        expected.hw[k] += 2 * (values.x[at] * m[c] + p[at] * y[c])
      })
      expect(distance(got.hx, expected.hx)).toBeLessThan(1e-4)
      expect(distance(got.hw, expected.hw)).toBeLessThan(1e-4)
    },
  )

  it('says what does not fit', () => {
    const x = input('x', [2, 3, 4, 4])
    expect(() => conv2d(x, input('w', [5, 4, 3, 3]))).toThrow(/expected x \[batch, channels, height, width\]/)
    expect(() => conv2d(x, input('w', [5, 3, 5, 5]))).toThrow(/kernel is larger/)
    expect(() => conv2d(x, input('w', [5, 3, 3, 3]), input('b', [4]))).toThrow(
      /bias \[4\] does not fit 5 outputs/,
    )
    expect(() => conv2d(x, input('w', [5, 3, 3, 3]), undefined, { stride: 0.5 })).toThrow(/stride 0.5/)
    expect(() => conv2d(input('x', [2, 3, 4, 4], 'float64'), input('w', [5, 3, 3, 3], 'float64'))).toThrow(
      /float64/,
    )
  })
})

describe('conv1d', () => {
  it('is conv2d of height 1', async () => {
    const x = noise(2 * 3 * 9, 1)
    const w = noise(4 * 3 * 3, 2)
    const b = noise(4, 3)
    const { y } = await evaluate({
      y: conv1d(constant(x, [2, 3, 9]), constant(w, [4, 3, 3]), constant(b), { stride: 2, padding: 1 }),
    })
    // Two more rows of padding above and below a single row see only the middle row of a 3 x 3 kernel.
    const kernel = new Float32Array(4 * 3 * 9)
    w.forEach((value, at) => (kernel[Math.floor(at / 3) * 9 + 3 + (at % 3)] = value))
    const expected = reference({ x: [2, 3, 1, 9], w: [4, 3, 3, 3], stride: 2, padding: 1 }, x, kernel, b)
    expect(distance(y as Float32Array, expected)).toBeLessThan(1e-5)
  })
})

describe('the gradients as operations', () => {
  it('have the shapes of what they differentiate', () => {
    const geometry = { stride: [2, 2], padding: [1, 1], size: [8, 8], kernel: [3, 3] }
    expect(inputGradient([input('dy', [2, 5, 4, 4]), input('w', [5, 3, 3, 3])], geometry).shape).toEqual([
      2, 3, 8, 8,
    ])
    expect(weightGradient([input('x', [2, 3, 8, 8]), input('dy', [2, 5, 4, 4])], geometry).shape).toEqual([
      5, 3, 3, 3,
    ])
  })
})
