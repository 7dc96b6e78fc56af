import { expect, it } from 'vitest'
import { gaussian } from './experiment.ts'

/** The page of made-up results: it has a row a configuration, says what the numbers say, and every figure draws. */
it('shows what was measured, whichever way it falls', async () => {
  const request = { quick: true, seeds: 2 }
  const look = (step: number, narrow: number) => ({ step, mmd: 0.1, mmdWhitened: 0.3, narrow, kappa: 7 })
  const spread = { low: 1, median: 2, high: 3 }
  const result = (narrow: number) => ({
    looks: [look(0, 100), look(10, 10 * narrow), look(3000, narrow)],
    slicedWasserstein: 0.2,
    floor: { mmd: 1e-4, mmdWhitened: -1e-4 },
    flow: [
      { t: 0, ...spread },
      { t: 1, ...spread },
    ],
    whole: spread,
    pictures: { samples: [0, 1, 1, 0], data: [1, 1, 0, 0], paths: [[0, 0, 1, 1]] },
  })
  const kept = gaussian.cells(request).map(({ name }) => ({
    name,
    seconds: 1,
    result: result(name.includes('none') ? 6.5 : 1.25),
  }))
  expect(kept).toHaveLength(8)
  expect(kept.every(({ result: one }) => gaussian.accepts(one))).toBe(true)
  const { table, summary, sections } = await gaussian.present(request, kept)
  expect(table.rows.map(({ kappa, kind, exact }) => [kappa, kind, exact])).toEqual([
    [100, 'none', 10],
    [100, 'zca', 10],
    [10_000, 'none', 100],
    [10_000, 'zca', 100],
  ])
  expect(table.rows[0].narrow).toEqual({ mean: 6.5, deviation: 0, count: 2 })
  expect(summary).toMatch(
    /At κ = 10,000 the samples have 6.50 times .* without preconditioning and 1.25 times/,
  )
  const figures = sections.flatMap(({ blocks }) => blocks.filter(({ kind }) => kind === 'figure'))
  expect(figures).toHaveLength(14)
})
