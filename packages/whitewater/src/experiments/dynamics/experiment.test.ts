import { expect, it } from 'vitest'
import type { Source } from '../../data/source.ts'
import { dynamics, measure } from './experiment.ts'
import type { DynamicsResult, DynamicsSettings } from './settings.ts'
import { presentDynamics } from './report.ts'
import type { Measured } from '../runner/experiment.ts'

const plan = { width: 32, depth: 2, steps: 200, looks: 3, pairs: 1024, generated: 256 }

async function run(kind: string, source: Source): Promise<Measured<DynamicsSettings, DynamicsResult>> {
  const settings: DynamicsSettings = {
    source,
    kind,
    batch: 128,
    bins: 4,
    bands: 8,
    covered: 1000,
    tolerance: 1e-4,
    plans: { low: plan, high: { ...plan, steps: 20 } },
  }
  const cell = { name: kind, seed: 0, settings }
  const measuring = { engine: { device: 'cpu', threads: 1 }, onProgress: () => undefined } as const
  return { ...cell, seconds: 1, result: await measure(cell, measuring) }
}

it('trains a Gaussian under none and zca: kappa as predicted, and the narrow error that the loss hides without whitening', async () => {
  const source: Source = { source: 'gaussian', samples: 1000, dimension: 4, conditionNumber: 1e3 }
  const runs = [await run('none', source), await run('zca', source)]
  for (const { result } of runs) expect(dynamics.accepts(JSON.parse(JSON.stringify(result)))).toBe(true)
  const { table, summary, sections } = await presentDynamics(runs)
  const text = JSON.stringify({ table, summary })
  expect(text).not.toMatch(/NaN|null|undefined/)
  const [none, zca] = table.rows.map(
    (row) => JSON.parse(JSON.stringify(row)) as Record<string, { mean: number }>,
  )
  expect(none.kappa.mean).toBeGreaterThan(700)
  expect(none.kappa.mean).toBeLessThan(1500)
  expect(zca.kappa.mean).toBeLessThan(2)
  expect(none.loss.mean).toBeLessThan(2)
  expect(none.narrowest.mean).toBeGreaterThan(10 * zca.narrowest.mean)
  expect(sections.flatMap(({ blocks }) => blocks.map(({ kind }) => kind))).toEqual(Array(4).fill('figure'))
})

it('trains images under class-wise whitening, shows them, and says what was left out where labels are missing', async () => {
  const glyphs: Source = { source: 'glyphs', samples: 600, resolution: 8 }
  const plain: Source = { source: 'gaussian', samples: 500, dimension: 3 }
  const runs = [await run('class-zca', glyphs), await run('class-zca', plain)]
  expect(runs[1].result).toEqual({ skipped: 'class-zca needs labels, gaussian has none' })
  const { caption, sections } = await presentDynamics(runs)
  expect(caption).toContain('Left out: class-zca needs labels')
  expect(sections.at(-1)?.blocks.map(({ kind }) => kind)).toEqual(['image', 'image'])
})

it('declares one run for each preconditioner and seed, whitening by class only for data of the user', () => {
  const names = (request: Parameters<typeof dynamics.cells>[0]) =>
    dynamics.cells(request).map(({ name }) => name)
  expect(names({ quick: true, seeds: 1 })).toEqual(['none_seed-0', 'standardise_seed-0', 'zca_seed-0'])
  expect(names({ quick: true, data: { source: 'glyphs' } })).toContain('class-zca_seed-0')
})
