import { expect, it } from 'vitest'
import { solverAudit } from './experiment.ts'

const METHODS = [
  { method: 'heun', stages: 2, order: 2, steps: [4, 8, 16, 32, 64] },
  { method: 'rk4', stages: 4, order: 4, steps: [2, 4, 8, 16, 32] },
]

/** Round trips as theory has them, h^order, and distances that show only those above 1e-3. */
const entries = (floor: number) =>
  METHODS.flatMap(({ method, stages, order, steps }) =>
    steps.map((fineness) => {
      const roundTrip = fineness ** -order
      const forwards = floor * (roundTrip > 1e-3 ? 1.5 : 1.001)
      return { method, fineness, roundTrip, evaluations: stages * fineness, forwards, backwards: floor }
    }),
  )

it('tells from its numbers which solver is fine enough at the fewest evaluations, and what samples show', async () => {
  const request = { quick: false }
  const kept = solverAudit.cells(request).map(({ name, seed }) => ({
    name,
    seconds: 1,
    result: {
      entries: entries(0.05 + 0.01 * seed),
      parameters: 168,
      floor: { forwards: 0.01, backwards: 0.03 },
    },
  }))
  expect(kept).toHaveLength(10)
  kept.forEach(({ result }) => expect(solverAudit.accepts(result)).toBe(true))
  const { table, summary, sections } = await solverAudit.present(request, kept)
  expect(table.rows).toHaveLength(2 * 10)
  expect(table.rows[0]).toMatchObject({
    network: 'tiny',
    method: 'heun',
    fineness: '4 steps',
    evaluations: 8,
  })
  expect(table.rows[0].forwards).toMatchObject({ count: 5 })
  // rk4 with 16 steps: 64 evaluations, 1.5e-5; with 8 it is 2.4e-4, and heun's 64 steps err by 2.4e-4.
  expect(summary).toMatch(/tiny: the fewest evaluations .* at most 0\.0001 are 64, by rk4 \(16 steps/)
  // The largest of those that do not show: heun's 32 steps, 9.8e-4.
  expect(summary).toMatch(/at round trips above 9\.8 × 10⁻⁴/)
  expect(sections.flatMap(({ blocks }) => blocks)).toHaveLength(2)
})
