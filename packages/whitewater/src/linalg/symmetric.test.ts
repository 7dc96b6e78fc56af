import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { eigenSymmetric, eigenvaluesSymmetric } from './eigen.ts'
import { findLapack } from './lapack.node.ts'
import { combine, diagonal, identity, largestDifference, matrix, transpose, type Matrix } from './matrix.ts'
import { multiply, multiplyTransposed, transposedMultiply } from './product.ts'
import { eigenOf, eigenvaluesOf } from './symmetric.ts'
import { orders, randomMatrix, seeds, semidefinite } from './testing/arbitrary.ts'

const found = await findLapack('')

function symmetric(n: number, seed: number): Matrix {
  const b = randomMatrix(n, n, seed)
  return combine(1, b, 1, transpose(b))
}

/** The eigenvalues' scale times rounding, as both solvers promise it. */
const toleranceOf = (values: Float64Array): number =>
  1e-12 * values.length * values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-300)

async function agrees(a: Matrix): Promise<void> {
  const before = a.data.slice()
  const expected = eigenSymmetric(a)
  const tolerance = toleranceOf(expected.values)
  const { values, vectors, solver } = await eigenOf(a, { solver: 'lapack' })
  expect(solver).toBe('lapack')
  expect(a.data).toEqual(before)
  const alone = await eigenvaluesOf(a, { solver: 'lapack' })
  for (const given of [values, alone.values]) {
    expect(given).toHaveLength(a.rows)
    given.forEach((value, j) => expect(Math.abs(value - expected.values[j])).toBeLessThanOrEqual(tolerance))
  }
  const rebuilt = multiplyTransposed(multiply(vectors, diagonal(values)), vectors)
  expect(largestDifference(rebuilt, a)).toBeLessThanOrEqual(tolerance)
  expect(largestDifference(transposedMultiply(vectors, vectors), identity(a.rows))).toBeLessThanOrEqual(
    1e-12 * a.rows,
  )
}

// In .ci/run nothing skips: there the missing library is the failure.
const skipped = found.lapack || process.env.WHITEWATER_CI ? '' : ` (skipped: ${found.reason})`

describe.skipIf(skipped)(`by LAPACK${skipped}`, () => {
  test('the decomposition of our own code, of any symmetric matrix, which stays as it is', async () => {
    await fc.assert(
      fc.asyncProperty(orders, seeds, async (n, seed) => {
        await agrees(symmetric(n, seed))
        await agrees(semidefinite(n, 1 + (seed % n), seed))
      }),
      { numRuns: 25 },
    )
    for (const a of [identity(5), matrix(3, 3), diagonal([1e-300, 3, -2, 3, 0]), matrix(0, 0)])
      await agrees(a)
  })

  test('vectors and signs are those of our own code where eigenvalues stand apart', async () => {
    const n = 150
    const { vectors: q } = eigenSymmetric(symmetric(n, 1))
    const spread = diagonal(Array.from({ length: n }, (_, j) => 1 + j))
    const a = multiplyTransposed(multiply(q, spread), q)
    const expected = eigenSymmetric(a)
    const given = await eigenOf(a)
    expect(given.solverName).toBe(`LAPACK dsyevd (${found.lapack?.library})`)
    expect(largestDifference(given.vectors, expected.vectors)).toBeLessThan(1e-12 * n * n)
  })

  test('the main thread goes on meanwhile', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await eigenOf(symmetric(500, 2), { solver: 'lapack' })
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(2)
  })

  test('several at once do not mix', async () => {
    const matrices = [3, 4, 5].map((seed) => symmetric(160, seed))
    const all = await Promise.all(matrices.map((a) => eigenvaluesOf(a)))
    all.forEach(({ values }, i) => {
      const expected = eigenvaluesSymmetric(matrices[i])
      values.forEach((value, j) => expect(Math.abs(value - expected[j])).toBeLessThan(toleranceOf(expected)))
    })
  })
})

describe('without LAPACK', () => {
  afterEach(() => vi.unstubAllEnvs())

  test.each([
    ['off', 'built-in Householder + QL (WHITEWATER_LAPACK is off)'],
    ['./no-such-library.so', 'built-in Householder + QL (./no-such-library.so cannot be used: '],
  ])('WHITEWATER_LAPACK=%s: our own code, and the reason', async (setting, name) => {
    vi.stubEnv('WHITEWATER_LAPACK', setting)
    const a = symmetric(130, 6)
    const { solver, solverName, vectors } = await eigenOf(a)
    expect(solver).toBe('own')
    expect(solverName.startsWith(name)).toBe(true)
    expect(vectors).toEqual(eigenSymmetric(a).vectors)
    expect((await eigenvaluesOf(a)).values).toEqual(eigenvaluesSymmetric(a))
    await expect(eigenvaluesOf(a, { solver: 'lapack' })).rejects.toThrow('Debian: libopenblas0-pthread')
  })

  test('small problems and those that ask for it are our own', async () => {
    expect((await eigenOf(symmetric(10, 7))).solverName).toBe('built-in Householder + QL')
    expect((await eigenvaluesOf(symmetric(200, 7), { solver: 'own' })).solver).toBe('own')
  })

  test('what has no eigendecomposition is refused', async () => {
    await expect(eigenOf(matrix(2, 3))).rejects.toThrow('needs a square matrix, got 2 x 3')
    await expect(eigenvaluesOf(matrix(1, 1, Float64Array.of(NaN)))).rejects.toThrow('got NaN at (0, 0)')
  })
})
