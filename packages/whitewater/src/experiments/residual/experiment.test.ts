import { describe, expect, it } from 'vitest'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { conditionNumber } from '../../linalg/roots.ts'
import { measureResidual, residual } from './experiment.ts'
import type { ResidualMeasures, ResidualSettings } from './settings.ts'
import { problemOf } from './problems.ts'
import { presentResidual } from './report.ts'

const quiet = { engine: { threads: 1 }, onProgress: () => undefined }

const request = { quick: true, seeds: 1 }

const cellOf = (problem: string, name: string, budgets = [0, 5]) => {
  const settings: ResidualSettings = {
    samples: 1500,
    batch: 64,
    measured: 400,
    tolerance: 1e-4,
    problem,
    residual: name,
    precondition: 'none',
    low: { width: 16, depth: 1, budgets },
    high: { width: 16, depth: 1, budgets },
  }
  return { name: `${problem}-${name}`, seed: 0, settings }
}

async function measured(problem: string, name: string): Promise<ResidualMeasures> {
  const found = await measureResidual(cellOf(problem, name), quiet)
  if ('skipped' in found) throw new TypeError(found.skipped)
  return found
}

describe('the study of residuals', () => {
  it('tries class-wise residuals only where there are classes', () => {
    const names = residual.cells(request).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.some((name) => /^mixture_zca_class/.test(name))).toBe(true)
    expect(names.some((name) => /^gaussian_\w+_class/.test(name))).toBe(false)
    const data = { source: 'glyphs' }
    expect(residual.cells({ ...request, data }).map(({ name }) => name)).toContain(
      'glyphs_none_class-means_seed-0',
    )
  })

  it('rolls the roll up in ill-conditioned dimensions', async () => {
    const { data } = await problemOf('embedded-roll', { samples: 4000, measured: 100, seed: 1 })
    const kappa = conditionNumber(covariance(flatten(data.samples)).covariance)
    expect(kappa).toBeGreaterThan(3e3)
    expect(kappa).toBeLessThan(3e4)
  })

  it('measures, and says what it found', async () => {
    const names = ['none', 'gaussian', 'mixture']
    const runs = []
    for (const name of names) {
      const result = await measured('gaussian', name)
      expect(residual.accepts(result)).toBe(true)
      runs.push({ ...cellOf('gaussian', name), result, seconds: 1 })
    }
    // Known from the start, but for what an untrained network of random weights says.
    const [none, gaussian] = runs.map(({ result }) => result.looks[0].whitened ?? Infinity)
    expect(gaussian).toBeLessThan(none / 5)
    const { table, summary } = presentResidual(runs)
    expect(table.rows).toHaveLength(3)
    expect(summary).toContain('gaussian behind none: without')
    expect(summary).toContain('One seed')
    expect(summary).toContain('By whitened SW2 at the last budget')
    expect(summary).toContain('nearer in 1 of 1')
  })

  it.each(['class means, normalised loss', 'class, symmetric', 'mixture'])(
    '%s: images are measured in pixel space',
    async (name) => {
      const cell = cellOf('glyphs', name, [0, 3])
      const source = { source: 'glyphs', resolution: 6, samples: 600 }
      const found = await measureResidual({ ...cell, settings: { ...cell.settings, source } }, quiet)
      if ('skipped' in found) throw new TypeError(found.skipped)
      const [{ whitened, frechet }] = found.looks
      expect(whitened).toBeUndefined()
      // An untrained network that starts at zero already draws each class's mean and covariance.
      expect(frechet).toBeLessThan(3 * found.floor.frechet)
    },
  )

  it('leaves out what needs labels where there are none', async () => {
    const found = await measureResidual(cellOf('gaussian', 'class means'), quiet)
    expect(found).toEqual({ skipped: 'gaussian has no labels' })
  })
})
