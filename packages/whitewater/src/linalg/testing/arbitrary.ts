// Test help: random matrices from a seed that fast-check draws, so that a failure shrinks to a small size.
import fc from 'fast-check'
import { matrix, type Matrix } from '../matrix.ts'
import { multiplyOwnTranspose } from '../product.ts'

/** Uniform numbers in (-1, 1) from a seed (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1
  }
}

/** Sum of 12 uniforms: mean 0, variance 4; close enough to a Gaussian for data. */
export function bell(next: () => number): number {
  let sum = 0
  for (let i = 0; i < 12; i++) sum += next()
  return sum
}

export function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  const next = uniform(seed)
  return matrix(rows, columns, Float64Array.from({ length: rows * columns }, next))
}

/** B B^T with B [n, rank]: positive semidefinite of that rank. */
export const semidefinite = (n: number, rank: number, seed: number): Matrix =>
  multiplyOwnTranspose(randomMatrix(n, rank, seed))

export const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
export const orders = fc.integer({ min: 1, max: 24 })

/** Well-conditioned positive definite matrices, B B^T + I / 2. */
export const positiveDefinite = fc.tuple(orders, seeds).map(([n, seed]) => {
  const a = semidefinite(n, n, seed)
  for (let i = 0; i < n; i++) a.data[i * n + i] += 0.5
  return a
})
