import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covariance } from './covariance.ts'
import { identity, largestDifference, matrix, transpose, type Matrix } from './matrix.ts'
import { inBlocks } from './moments.ts'
import { leadingEigen, type Centred } from './leading-eigen.ts'
import { orthonormal } from './orthonormal.ts'
import { multiply, transposedMultiply } from './product.ts'
import { eigenOf } from './symmetric.ts'
import { randomMatrix, seeds } from './testing/arbitrary.ts'

const engine = { threads: 1 }

/** n samples of rank `rank` whose directions shrink by `decay` each. */
function samplesOf(
  n: number,
  d: number,
  { rank, decay, seed }: { rank: number; decay: number; seed: number },
): Matrix {
  const scores = randomMatrix(n, rank, seed)
  scores.data.forEach((value, at) => (scores.data[at] = value * decay ** (at % rank)))
  return multiply(scores, randomMatrix(rank, d, seed + 1))
}

const centred = ({ data, rows, columns }: Matrix): Centred => ({
  blocks: () => inBlocks({ data, n: rows, d: columns }, 50),
  count: rows,
  mean: covariance({ data, n: rows, d: columns }).mean,
})

test('finds the leading eigenvalues and directions of the covariance, from blocks', async () => {
  const samples = samplesOf(200, 60, { rank: 60, decay: 0.8, seed: 3 })
  const { values, vectors } = await leadingEigen(centred(samples), { rank: 8, seed: 1, engine })
  const exact = await eigenOf(covariance({ data: samples.data, n: 200, d: 60 }).covariance)
  values.forEach((value, j) => expect(Math.abs(value / exact.values[j] - 1)).toBeLessThan(1e-6))
  const overlap = transposedMultiply(vectors, exact.vectors)
  for (let j = 0; j < 8; j++) expect(Math.abs(overlap.data[j * 60 + j])).toBeGreaterThan(0.999)
})

test('is exact and orthonormal on data of less rank than wanted, whatever its scale', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: -6, max: 6 }),
      seeds,
      async (rank, exponent, seed) => {
        const samples = samplesOf(40, 12, { rank, decay: 0.5, seed })
        samples.data.forEach((value, at) => (samples.data[at] = value * 10 ** exponent))
        const { values, vectors } = await leadingEigen(centred(samples), { rank: 9, seed, engine })
        const exact = await eigenOf(covariance({ data: samples.data, n: 40, d: 12 }).covariance)
        values.forEach((value, j) => {
          expect(Math.abs(value - exact.values[j])).toBeLessThan(1e-10 * exact.values[0])
        })
        expect(values.length).toBeGreaterThanOrEqual(rank)
        expect(largestDifference(transposedMultiply(vectors, vectors), identity(values.length))).toBeLessThan(
          1e-12,
        )
      },
    ),
    { numRuns: 20 },
  )
})

test('an orthonormal basis spans columns whose lengths differ by 1e12, and leaves out what is no direction', async () => {
  const y = randomMatrix(50, 6, 5)
  y.data.forEach((value, at) => (y.data[at] = value * 10 ** (-2 * (at % 6))))
  const mixed = multiply(y, randomMatrix(6, 6, 6))
  const q = await orthonormal(mixed, engine)
  expect(largestDifference(transposedMultiply(q, q), identity(6))).toBeLessThan(1e-13)
  const rest = multiply(q, transposedMultiply(q, y))
  expect(largestDifference(rest, y)).toBeLessThan(1e-12)
  const repeated = matrix(
    50,
    2,
    Float64Array.from({ length: 100 }, (_, at) => Math.floor(at / 2)),
  )
  expect((await orthonormal(repeated, engine)).columns).toBe(1)
  expect(transpose(await orthonormal(matrix(4, 2), engine)).rows).toBe(0)
})

test('tells of its passes, and its draws are its seed’s', async () => {
  const data = centred(samplesOf(60, 20, { rank: 20, decay: 0.95, seed: 2 }))
  const told: string[] = []
  const onPass = (pass: number, passes: number): void => void told.push(`${pass}/${passes}`)
  const of = (seed: number) => leadingEigen(data, { rank: 3, passes: 2, seed, engine, onPass })
  const one = await of(1)
  const again = await of(1)
  const other = await of(2)
  expect(told.slice(0, 2)).toEqual(['1/2', '2/2'])
  expect(one).toEqual(again)
  expect(other.vectors.data).not.toEqual(one.vectors.data)
})
