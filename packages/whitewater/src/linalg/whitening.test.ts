import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logDeterminant } from './cholesky.ts'
import { covariance, flatten } from './covariance.ts'
import type { Eigen } from './eigen.ts'
import { multiplyOnEngine } from './engine-product.ts'
import { diagonal, identity, largestDifference, matrix, trace, transpose, type Matrix } from './matrix.ts'
import { multiply, multiplyTransposed, transposedMultiply } from './product.ts'
import { conditionNumber } from './roots.ts'
import { eigenOf } from './symmetric.ts'
import { positiveDefinite, randomMatrix } from './testing/arbitrary.ts'
import { goldenNote, goldenTensors, haveGoldens } from './testing/goldens.ts'
import { whitening, whiteningKinds, whitenings, zcaMatrices, type WhiteningKind } from './whitening.ts'

const covarianceOf = ({ data, rows, columns }: Matrix): Matrix =>
  covariance({ data, n: rows, d: columns }).covariance

/** Three directions in five features. */
const deficient = covarianceOf(multiply(randomMatrix(60, 3, 1), randomMatrix(3, 5, 2)))

const isLower = ({ data, columns }: Matrix): boolean =>
  data.every((value, at) => at % columns <= Math.floor(at / columns) || value === 0)

test.each(whiteningKinds)('%s: W Sigma W^T = I, with its inverse and its determinant', async (kind) => {
  await fc.assert(
    fc.asyncProperty(positiveDefinite, async (sigma) => {
      const d = sigma.rows
      const {
        whiten,
        colour,
        logDeterminant: given,
        flooredCount,
      } = await whitening(kind, sigma, { floor: 0 })
      const white = multiplyTransposed(multiply(whiten, sigma), whiten)
      expect(largestDifference(white, identity(d))).toBeLessThan(1e-11)
      expect(largestDifference(multiply(whiten, colour), identity(d))).toBeLessThan(1e-11)
      expect(given).toBeCloseTo(-0.5 * logDeterminant(sigma), 9)
      expect(flooredCount).toBe(0)
    }),
    { numRuns: 30 },
  )
})

test('each kind has the form that names it', async () => {
  await fc.assert(
    fc.asyncProperty(positiveDefinite, async (sigma) => {
      const of = async (kind: WhiteningKind): Promise<Matrix> =>
        (await whitening(kind, sigma, { floor: 0 })).whiten
      const zca = await of('zca')
      expect(largestDifference(zca, transpose(zca))).toBe(0)
      expect(isLower(await of('cholesky'))).toBe(true)
      expect(isLower(transpose(await of('cholesky-precision')))).toBe(true)
      const { whiten, eigenvalues } = await whitening('pca', sigma, { floor: 0 })
      const gram = multiplyTransposed(whiten, whiten)
      expect(largestDifference(gram, diagonal(eigenvalues.map((value) => 1 / value)))).toBeLessThan(1e-11)
    }),
    { numRuns: 30 },
  )
})

// Kessy et al. 2018, equations 11 and 14: tr Cov(z, x) and tr Cor(z, x).
test('zca is closest to the data, zca-cor to the standardised data', async () => {
  const sigma = covarianceOf(multiply(randomMatrix(80, 5, 3), randomMatrix(5, 5, 4)))
  const inverses = Float64Array.from({ length: 5 }, (_, j) => 1 / Math.sqrt(sigma.data[j * 6]))
  const closeness = await Promise.all(
    whiteningKinds.map(async (kind) => {
      const cross = multiply((await whitening(kind, sigma)).whiten, sigma)
      return { kind, raw: trace(cross), standardised: trace(multiply(cross, diagonal(inverses))) }
    }),
  )
  const best = (measure: 'raw' | 'standardised') =>
    closeness.reduce((a, b) => (b[measure] > a[measure] ? b : a)).kind
  expect(best('raw')).toBe('zca')
  expect(best('standardised')).toBe('zca-cor')
})

test('the -cor kinds do not depend on the units of the features', async () => {
  const sigma = covarianceOf(multiply(randomMatrix(80, 4, 5), randomMatrix(4, 4, 6)))
  const units = diagonal([1e3, 1, 1e-2, 7])
  const scaled = multiply(multiply(units, sigma), units)
  for (const kind of ['zca-cor', 'pca-cor'] as const) {
    const { whiten } = await whitening(kind, sigma)
    const other = multiply((await whitening(kind, scaled)).whiten, units)
    expect(largestDifference(other, whiten)).toBeLessThan(1e-11)
  }
})

test.each(whiteningKinds)(
  '%s: a singular covariance needs a floor, and stays invertible with one',
  async (kind) => {
    await expect(whitening(kind, deficient, { floor: 0 })).rejects.toThrow('give a floor such as 1e-6')
    const {
      whiten,
      colour,
      flooredCount,
      eigenvalues,
      logDeterminant: given,
    } = await whitening(kind, deficient, {
      floor: 1e-4,
    })
    expect(flooredCount).toBe(2)
    expect(eigenvalues).toHaveLength(5)
    expect(largestDifference(multiply(whiten, colour), identity(5))).toBeLessThan(1e-9)
    expect(given).toBeCloseTo(0.5 * logDeterminant(transposedMultiply(whiten, whiten)), 7)
    const constant = await whitening(kind, diagonal([4, 0, 1]))
    expect(constant.whiten.data.every(Number.isFinite)).toBe(true)
    expect(largestDifference(multiply(constant.whiten, constant.colour), identity(3))).toBeLessThan(1e-9)
    await expect(whitening(kind, diagonal([4, 0, 1]), { floor: 0 })).rejects.toThrow(
      'give a floor such as 1e-6',
    )
    await expect(whitening(kind, matrix(2, 2))).rejects.toThrow('the data does not vary')
  },
)

test('the floor bounds what ZCA amplifies', async () => {
  const { colour } = await whitening('zca', deficient, { floor: 1e-4 })
  expect(conditionNumber(colour)).toBeCloseTo(100, 6)
})

test('large whitening matrices, made on the engine, are as exact and exactly symmetric', async () => {
  const d = 800
  // A reflection is orthogonal: eigenvectors that cost nothing.
  const { data: v } = randomMatrix(d, 1, 3)
  const scale = 2 / v.reduce((sum, value) => sum + value * value, 0)
  const vectors = identity(d)
  vectors.data.forEach((value, at) => {
    vectors.data[at] = value - scale * v[Math.floor(at / d)] * v[at % d]
  })
  const eigen = { values: Float64Array.from({ length: d }, (_, j) => 9 / (1 + j)), vectors }
  const { whiten, colour } = await zcaMatrices(eigen, { floor: 0, engine: { threads: 1 } })
  expect(largestDifference(await multiplyOnEngine(whiten, colour), identity(d))).toBeLessThan(1e-11)
  const sigma = await multiplyOnEngine(colour, colour)
  expect(largestDifference(await multiplyOnEngine(sigma, vectors), scaledColumnsOf(eigen))).toBeLessThan(
    1e-11,
  )
  expect(whiten.data[d]).toBe(whiten.data[1])
})

const scaledColumnsOf = ({ values, vectors }: Eigen): Matrix =>
  matrix(
    values.length,
    values.length,
    vectors.data.map((value, at) => value * values[at % values.length]),
  )

describe.skipIf(!haveGoldens)(`whitening golden${goldenNote}`, () => {
  const named: Readonly<Record<WhiteningKind, string>> = {
    zca: 'ZCA',
    pca: 'PCA',
    cholesky: 'Cholesky',
    'cholesky-precision': 'Cholesky-prec',
    'zca-cor': 'ZCA-cor',
    'pca-cor': 'PCA-cor',
  }
  const open = () => {
    const tensor = goldenTensors('whitening/a')
    const asMatrix = (name: string): Matrix => {
      const { data, shape } = tensor(name)
      return matrix(shape[0], shape[1], Float64Array.from(data))
    }
    return { tensor, asMatrix, moments: covariance(flatten(tensor('X'))) }
  }

  test('mean, covariance and correlation, and the eigensystems of both', async () => {
    const { tensor, asMatrix, moments } = open()
    moments.mean.forEach((value, j) => expect(value).toBeCloseTo(tensor('mean').data[j], 13))
    expect(largestDifference(moments.covariance, asMatrix('cov'))).toBeLessThan(1e-12)
    const deviations = diagonal(
      Array.from({ length: 6 }, (_, j) => 1 / Math.sqrt(moments.covariance.data[j * 7])),
    )
    const correlation = multiply(multiply(deviations, moments.covariance), deviations)
    expect(largestDifference(correlation, asMatrix('cor'))).toBeLessThan(1e-13)
    for (const [a, eigenvalues, eigenvectors] of [
      [moments.covariance, 'eigvals_cov', 'U'],
      [correlation, 'eigvals_cor', 'G'],
    ] as const) {
      const { values, vectors } = await eigenOf(a)
      values.forEach((value, j) => expect(value).toBeCloseTo(tensor(eigenvalues).data[j], 11))
      // Eigenvectors up to the sign, which is another convention there.
      const overlap = transposedMultiply(vectors, asMatrix(eigenvectors))
      expect(largestDifference(matrix(6, 6, overlap.data.map(Math.abs)), identity(6))).toBeLessThan(1e-12)
    }
  })

  test.each(Object.entries(named))('W and Z of %s', async (kind, name) => {
    const { asMatrix, moments } = open()
    const eigen = () => eigenOf(moments.covariance)
    const { whiten } = await whitenings[kind as WhiteningKind]({ covariance: moments.covariance, eigen }, {})
    expect(largestDifference(whiten, asMatrix(`W.${name}`))).toBeLessThan(1e-12)
    const centred = asMatrix('X')
    centred.data.forEach((value, at) => (centred.data[at] = value - moments.mean[at % 6]))
    expect(largestDifference(multiplyTransposed(centred, whiten), asMatrix(`Z.${name}`))).toBeLessThan(1e-12)
  })
})
