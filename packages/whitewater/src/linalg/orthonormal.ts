// An orthonormal basis of the columns of a tall matrix, by products alone, so that it runs on the engine.
import type { CompileOptions } from '@whitewater/tensor'
import { multiplyOnEngine } from './engine-product.ts'
import { matrix, type Matrix } from './matrix.ts'
import { eigenOf } from './symmetric.ts'

/** Columns shorter than this share of the longest are rounding. */
const NEGLIGIBLE_LENGTH = 1e-14

/** Each column to length 1; those that are nothing but rounding are left out. */
function normalised({ data, rows, columns }: Matrix): Matrix {
  const squares = new Float64Array(columns)
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) squares[j] += data[at] ** 2
  }
  const least = NEGLIGIBLE_LENGTH * Math.sqrt(squares.reduce((a, b) => Math.max(a, b), 0))
  const kept = Array.from(squares.keys()).filter((j) => Math.sqrt(squares[j]) > least)
  const inverses = kept.map((j) => 1 / Math.sqrt(squares[j]))
  const result = matrix(rows, kept.length)
  for (let i = 0, at = 0; i < rows; i++) {
    for (let k = 0; k < kept.length; k++, at++) result.data[at] = data[i * columns + kept[k]] * inverses[k]
  }
  return result
}

/**
 * Q [n, r], Q^T Q = I to rounding, with the same span as Y [n, k], r <= k where Y has not full rank. Each round turns Y by the
 * eigenvectors of Y^T Y, which separates columns whose lengths differ by up to 1e8; three cover all that float64 tells apart.
 * 6 n k^2 multiply-adds.
 */
export async function orthonormal(y: Matrix, engine?: CompileOptions): Promise<Matrix> {
  let q = normalised(y)
  for (let round = 0; round < 3; round++) {
    const { vectors } = await eigenOf(await multiplyOnEngine(q, q, { transposeA: true, engine }))
    q = normalised(await multiplyOnEngine(q, vectors, { engine }))
  }
  return q
}
