import { expect, test } from 'vitest'
import { multiplyOnEngine } from './engine-product.ts'
import { largestDifference } from './matrix.ts'
import { multiply, multiplyTransposed, transposedMultiply } from './product.ts'
import { randomMatrix } from './testing/arbitrary.ts'

test.each([
  ['small, by our own loops', 7],
  ['large, on the engine', 800],
])('products are those of plain loops: %s', async (_, n) => {
  const a = randomMatrix(n + 40, n, 1)
  const b = randomMatrix(n, n + 80, 2)
  const c = randomMatrix(n + 80, n, 3)
  const engine = { threads: 1 }
  expect(largestDifference(await multiplyOnEngine(a, b, { engine }), multiply(a, b))).toBeLessThan(1e-11)
  expect(
    largestDifference(await multiplyOnEngine(a, c, { transposeB: true, engine }), multiplyTransposed(a, c)),
  ).toBeLessThan(1e-11)
  const tall = randomMatrix(n + 80, n, 4)
  const thin = randomMatrix(n + 80, n + 9, 5)
  const product = await multiplyOnEngine(tall, thin, { transposeA: true, engine })
  expect(largestDifference(product, transposedMultiply(tall, thin))).toBeLessThan(1e-11)
})

test('extents that do not fit are refused', async () => {
  const square = randomMatrix(3, 3, 1)
  await expect(multiplyOnEngine(square, square, { transposeA: true, transposeB: true })).rejects.toThrow(
    RangeError,
  )
  await expect(multiplyOnEngine(randomMatrix(3, 4, 1), randomMatrix(3, 4, 2))).rejects.toThrow(RangeError)
  await expect(
    multiplyOnEngine(randomMatrix(900, 800, 1), randomMatrix(900, 800, 2), { engine: { threads: 1 } }),
  ).rejects.toThrow(RangeError)
})
