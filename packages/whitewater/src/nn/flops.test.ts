import { input, conv2d, linear, matmul, silu } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { fieldFlops, flopsOf } from './flops.ts'
import { cnn } from './networks/cnn.ts'
import { residualMlp } from './networks/residual-mlp.ts'

describe('floating-point operations', () => {
  it('counts two a term of products, whichever way they lie', () => {
    const a = input('a', [3, 5])
    const b = input('b', [5, 7])
    expect(flopsOf([matmul(a, b)])).toBe(2 * 3 * 5 * 7)
    expect(flopsOf([matmul(input('c', [5, 3]), b, { transposeA: true })])).toBe(2 * 3 * 5 * 7)
    expect(flopsOf([silu(linear(a, input('w', [7, 5]), input('bias', [7])))])).toBe(2 * 3 * 5 * 7)
  })

  it('counts convolutions as they are defined, and what two outputs share once', () => {
    const y = conv2d(input('x', [2, 3, 8, 8]), input('w', [4, 3, 3, 3]), undefined, { padding: 1 })
    expect(flopsOf([y])).toBe(2 * (2 * 4 * 64) * (3 * 9))
    expect(flopsOf([y, silu(y)])).toBe(flopsOf([y]))
  })

  it('gives two a weight for a network of matrices alone, but for lookups and gains of norms', () => {
    const flops = fieldFlops(residualMlp({ width: 400, depth: 4 }), [64], 10)
    expect(flops / (2 * 2_331_328)).toBeGreaterThan(0.97)
    expect(flops / (2 * 2_331_328)).toBeLessThan(1)
  })

  it('gives a convolution one use of its weights a pixel', () => {
    const flops = fieldFlops(cnn({ width: 256 }), [4, 4, 4], 10)
    expect(flops).toBeGreaterThan(2 * 16 * 1_700_000)
    expect(flops).toBeLessThan(2 * 16 * 2_318_340)
  })
})
