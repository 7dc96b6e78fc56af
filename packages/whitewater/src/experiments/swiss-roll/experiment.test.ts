import { expect, it } from 'vitest'
import { swissRoll } from './experiment.ts'

it('tells from its numbers how much of a gain is scale, in both directions', async () => {
  const request = { quick: true }
  const distances: Readonly<Record<string, [number, number]>> = {
    none: [0.1, 0.4],
    standardise: [0.09, 0.44],
    zca: [0.08, 0.2],
    'real-nvp': [0.05, 0.1],
    flow: [0.1, 0.6],
  }
  const kept = swissRoll.cells(request).map(({ name, seed }) => {
    const [forwards, backwards] = distances[name.split('_')[0]]
    const result = {
      looks: [20, 4000].map((step) => ({ step, forwards, backwards: backwards + (seed === 1 ? 0.02 : 0) })),
      mmd: 1e-4,
      kappa: 1.2,
      evenness: 0.5,
      evaluations: [60, name.startsWith('flow') ? 40 : 0],
      floor: { forwards: 0.01, backwards: 0.03 },
      pictures: { data: [0, 1], preconditioned: [1, 1], encoded: [1, 0], samples: [0, 0] },
    }
    return { name, seconds: 1, result }
  })
  const { table, summary, sections } = await swissRoll.present(request, kept)
  expect(table.rows).toHaveLength(6)
  expect(table.rows[4]).toMatchObject({ kind: 'flow, 168 parameters', evaluations: '60 + 40' })
  expect(table.rows[0].backwards).toMatchObject({ count: 2 })
  expect(summary).toContain('Sliced W2 after 4000 steps, noise to data none 0.100')
  expect(summary).toContain('real-nvp: noise to data nearer, 0.50 of the distance')
  expect(summary).toContain(
    'flow, 168 parameters: noise to data no difference beyond that between seeds; data to noise farther',
  )
  expect(summary).toMatch(/noise to data, standardise changes the distance by −10 % and zca by −20 %/)
  expect(summary).toMatch(/data to noise, standardise changes the distance by 9\.8 % and zca by −49 %/)
  expect(sections.flatMap(({ blocks }) => blocks)).toHaveLength(8)
})
