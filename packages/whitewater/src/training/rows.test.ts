import fc from 'fast-check'
import { ndarray, randomStream } from '@whitewater/tensor'
import { expect, it } from 'vitest'
import { fillRows, rowOrder } from './rows.ts'

it('visits every row once an epoch, the same whichever steps are asked for first', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 17 }),
    fc.nat(1000),
    (count, batch, seed) => {
      const rowsAt = (positions: readonly number[]) => {
        const order = rowOrder(count, batch, randomStream(seed))
        return positions.map((at) => order(Math.floor(at / batch), at % batch))
      }
      const positions = Array.from({ length: 3 * count }, (_, at) => at)
      const rows = rowsAt(positions)
      const every = Array.from({ length: count }, (_, row) => row)
      for (const epoch of [0, 1, 2]) {
        const seen = rows.slice(epoch * count, (epoch + 1) * count)
        expect(seen.toSorted((a, b) => a - b)).toEqual(every)
      }
      expect(rowsAt(positions.toReversed())).toEqual(rows.toReversed())
    },
  )
  fc.assert(property, { numRuns: 50, seed: 3 })
})

it('fills a batch with rows and their labels', () => {
  const samples = ndarray(Float32Array.of(0, 1, 10, 11, 20, 21), [3, 2])
  const batch = { x: new Float32Array(8), labels: new Int32Array(4) }
  const rows = [2, 0, 2, 1]
  const filled = fillRows(
    batch,
    { name: 'three', samples, labels: Int32Array.of(5, 6, 7), classes: 8 },
    (k) => rows[k],
  )
  expect([...filled]).toEqual([20, 21, 0, 1, 20, 21, 10, 11])
  expect([...batch.labels]).toEqual([7, 5, 7, 6])
  expect(() => fillRows({ x: new Int32Array(2) }, { name: 'three', samples }, () => 0)).toThrow(
    'got int32 values, expected float32',
  )
})
