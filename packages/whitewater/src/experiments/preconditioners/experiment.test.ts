import { describe, expect, it } from 'vitest'
import type { Cell } from '../runner/experiment.ts'
import { measurePreconditioner, preconditioners } from './experiment.ts'
import type { PreconditionersSettings } from './settings.ts'

const measuring = { engine: { device: 'cpu', threads: 1 }, onProgress: () => undefined } as const

/** A run of the quick grid, made small enough for a test. */
function smallCell(data: string, kind: string): Cell<PreconditionersSettings> {
  const request = { quick: true, data: { source: data, samples: 1200, seed: 0 } }
  const [{ settings }] = preconditioners.cells(request) as Cell<PreconditionersSettings>[]
  const small = { samples: 1000, measured: 200, steps: 60, batch: 32, low: { width: 16, depth: 2 } }
  return { name: 'small', seed: 0, settings: { ...settings, ...small, kind } }
}

describe('one preconditioner on one dataset', () => {
  it('whitening evens out the space, exactly invertible, at no evaluations of its own', async () => {
    const plain = await measurePreconditioner(smallCell('gaussian', 'none'), measuring)
    const white = await measurePreconditioner(smallCell('gaussian', 'zca'), measuring)
    if ('skipped' in plain || 'skipped' in white) throw new Error('nothing is to be skipped here')
    expect(plain.kappa).toBeGreaterThan(100)
    expect(white.kappa).toBeLessThan(2)
    expect(white.evenness).toBeLessThan(plain.evenness)
    expect(white.roundTrip).toBeLessThan(1e-5)
    expect(white.inverseEvaluations).toBe(0)
  })

  it('leaves out a map by class where there are no classes, and says so', async () => {
    const found = await measurePreconditioner(smallCell('swiss-roll', 'class-zca'), measuring)
    expect('skipped' in found && found.skipped).toContain('no labels')
  })
})

it('tells from its numbers which preconditioners came nearer, dataset by dataset', async () => {
  const request = { quick: true }
  const kept = preconditioners.cells(request).map(({ name }) => {
    const [data, kind] = name.split('_')
    const distance = kind === 'zca' ? 0.1 : kind === 'standardise' ? 0.3 : 0.2
    const measures = {
      fitSeconds: 0.1,
      roundTrip: 1e-7,
      kappa: 2,
      evenness: 0.1,
      mmd: 1e-3,
      slicedWasserstein: distance,
      evaluations: 50,
      inverseEvaluations: kind === 'flow' ? 20 : 0,
    }
    const left = kind === 'class-zca' && data === 'two-moons'
    return { name, seconds: 1, result: left ? { skipped: 'two-moons has no labels' } : measures }
  })
  const { table, summary } = await preconditioners.present(request, kept)
  expect(summary).toMatch(/swiss-roll: without preconditioning 0\.200; nearer than none: zca 0\.100/)
  expect(summary).toMatch(/farther: standardise 0\.300/)
  expect(summary).toContain('Left out: class-zca on two-moons: two-moons has no labels')
  expect(table.rows).toHaveLength(kept.length - 1)
})
