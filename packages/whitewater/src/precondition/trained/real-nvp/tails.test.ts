// Beyond the range of the data: the identity inside, square-root growth of the inverse outside, exactly invertible everywhere.
import fc from 'fast-check'
import { ndarray, traced } from '@whitewater/tensor'
import { expect, it } from 'vitest'
import { boundsOf, tails } from './tails.ts'

const bounds = Float32Array.of(2, 0.5, 0)
const map = tails(bounds)
const run = traced(({ x }) => ({ y: map.forward(x), back: map.inverse(map.forward(x)), log: map.logDet(x) }))
const inverse = traced(({ y }) => ({ x: map.inverse(y) }))

const row = (values: readonly number[]) => ndarray(Float32Array.from(values), [1, 3])

it('leaves what lies within the bounds as it is, and comes back from everywhere', async () => {
  const coordinate = fc.double({ min: -1e4, max: 1e4, noNaN: true })
  await fc.assert(
    fc.asyncProperty(fc.tuple(coordinate, coordinate, coordinate), async (values) => {
      const x = row(values)
      const { y, back } = await run({ x })
      x.data.forEach((value, j) => {
        if (Math.abs(value) <= bounds[j]) expect(Number(y.data[j]) - value).toBe(0)
        expect(Math.abs(Number(back.data[j]) - value)).toBeLessThanOrEqual(1e-5 * Math.abs(value) + 1e-6)
      })
    }),
    { numRuns: 100, seed: 3 },
  )
})

it('says by how much it stretches', async () => {
  const x = [3, -0.7, 0.25]
  const step = 1e-2
  const { log } = await run({ x: row(x) })
  const slopes = await Promise.all(
    x.map(async (_, j) => {
      const moved = (by: number) => row(x.map((value, k) => (k === j ? value + by : value)))
      const up = await run({ x: moved(step) })
      const down = await run({ x: moved(-step) })
      return Math.log((Number(up.y.data[j]) - Number(down.y.data[j])) / (2 * step))
    }),
  )
  expect(Number(log.data[0])).toBeCloseTo(
    slopes.reduce((sum, slope) => sum + slope, 0),
    3,
  )
})

it('keeps what the couplings throw far away near the data', async () => {
  const { x } = await inverse({ y: row([100, -100, 1]) })
  expect(Number(x.data[0])).toBeLessThan(2 + 5)
  expect(Number(x.data[1])).toBeGreaterThan(-0.5 - 5)
})

it('finds the range of each feature', () => {
  const data = Float32Array.of(1, -2, 0, -3, 0.5, 0)
  expect(boundsOf({ data }, 3)).toEqual(Float32Array.of(3, 2, 0))
})
