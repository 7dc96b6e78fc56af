import { describe, expect, it } from 'vitest'
import { dataset } from '../../data/registry.ts'
import { mixtureParameters } from '../../data/toy/mixture.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { eigenvaluesSymmetric } from '../../linalg/eigen.ts'
import { mmd } from '../../metrics/mmd.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { gaussianOf, irreducibleLoss as exactLoss } from '../../theory/gaussian.ts'
import { mixtureOf } from '../../theory/mixture.ts'
import { diagonal } from '../../linalg/matrix.ts'
import { resultSchema, type MixtureSettings, type Run } from './settings.ts'
import { balancedSets, classOf, stratifiedMmd, whitenedInPlace, type Balanced } from './measures.ts'
import { presentMixtures } from './report.ts'
import { exactSpectra, heunVariance, irreducibleLoss } from './scores.ts'
import { mixtureCovariance } from '../../theory/mixture.ts'
import { measureMixture } from './experiment.ts'

const shape = { components: 3, conditionNumber: 50, seed: 1 }
const exact = mixtureOf(mixtureParameters(shape))
const data = await dataset('mixture', { ...shape, samples: 6000 })

describe('balanced sets', () => {
  it('are disjoint, class by class, and of the size asked for', () => {
    const sets = balancedSets(data, 100, 2)
    const firsts = sets.map((set) => classOf(set, 1).data[0])
    const rows = [...(data.labels ?? [])].flatMap((label, i) => (label === 1 ? [i] : []))
    expect(firsts).toEqual([data.samples.data[2 * rows[0]], data.samples.data[2 * rows[100]]])
    expect(sets[0].samples.shape).toEqual([300, 2])
  })

  it('say which class is too small', () => {
    expect(() => balancedSets(data, 3000, 1)).toThrow(/class 0 has \d+ samples, expected at least 3000/)
  })

  it('whitened in place keep their means and have unit covariance', () => {
    const set = whitenedInPlace(balancedSets(data, 1500, 1)[0], exact)
    for (let k = 0; k < 3; k++) {
      const { mean, covariance: sigma } = covariance(flatten(classOf(set, k)))
      mean.forEach((value, i) => expect(Math.abs(value - exact.components[k].mean[i])).toBeLessThan(0.1))
      sigma.data.forEach((value, i) => expect(Math.abs(value - (i % 3 === 0 ? 1 : 0))).toBeLessThan(0.15))
    }
  })
})

describe('stratified MMD', () => {
  const sets = balancedSets(data, 20, 80)

  it('is the average over pairs within components without the pair of a sample with itself', () => {
    const [x, y] = sets
    const kernel = (a: Balanced, i: number, b: Balanced, j: number): number => {
      const at = (set: Balanced, row: number) => set.samples.data.subarray(2 * row, 2 * row + 2)
      const p = at(a, i)
      const q = at(b, j)
      return Math.exp(-((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2) / 8)
    }
    const averageOver = (a: Balanced, b: Balanced): number => {
      let total = 0
      for (let k = 0; k < 3; k++) {
        for (let l = 0; l < 3; l++) {
          let sum = 0
          let pairs = 0
          for (let i = 20 * k; i < 20 * k + 20; i++) {
            for (let j = 20 * l; j < 20 * l + 20; j++) {
              if (a === b && i === j) continue
              sum += kernel(a, i, b, j)
              pairs++
            }
          }
          total += sum / pairs / 9
        }
      }
      return total
    }
    const expected = averageOver(x, x) + averageOver(y, y) - 2 * averageOver(x, y)
    expect(stratifiedMmd(x, y, 2)).toBeCloseTo(expected, 10)
  })

  it('is zero on average between sets of one mixture, where the estimate for independent samples is not', () => {
    const pairs = Array.from({ length: 40 }, (_, i) => [sets[2 * i], sets[2 * i + 1]] as const)
    const mean = (of: (x: Balanced, y: Balanced) => number): [number, number] => {
      const values = pairs.map(([x, y]) => of(x, y))
      const centre = values.reduce((a, b) => a + b, 0) / 40
      const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 39
      return [centre, Math.sqrt(variance / 40)]
    }
    const [own, error] = mean((x, y) => stratifiedMmd(x, y, 3))
    expect(Math.abs(own)).toBeLessThan(3 * error)
    const [plain, plainError] = mean((x, y) => mmd(x.samples, y.samples, { bandwidth: 3 }))
    expect(plain).toBeLessThan(-5 * plainError)
  })
})

describe('predictions', () => {
  it('whole covariance and spectra under one whitening are those of the data', async () => {
    const { covariance: sigma } = covariance(flatten(data.samples))
    mixtureCovariance(exact).data.forEach((value, i) => expect(sigma.data[i]).toBeCloseTo(value, 0))
    const fitted = await preconditioner('zca').fit(data, { engine: { device: 'cpu', threads: 1 } })
    const mapped = { ...data, samples: await fitted.transform(data.samples) }
    const spectra = exactSpectra('zca', exact)
    balancedSets(mapped, 1500, 1).forEach((set) =>
      spectra.forEach((spectrum, k) =>
        eigenvaluesSymmetric(covariance(flatten(classOf(set, k))).covariance).forEach((value, j) =>
          expect(Math.abs(value / spectrum[j] - 1)).toBeLessThan(0.15),
        ),
      ),
    )
    expect(exactSpectra('class-zca', exact)[2][1]).toBeCloseTo(1, 10)
    await fitted.dispose()
  })

  it('irreducible loss is the integral over time of the exact one', () => {
    const gaussian = gaussianOf(diagonal([1, 0.02]))
    const steps = 2000
    const midpoints = Array.from({ length: steps }, (_, i) => exactLoss(gaussian, (i + 0.5) / steps))
    const integral = midpoints.reduce((sum, value) => sum + value, 0) / steps
    expect(irreducibleLoss([[1, 0.02]])).toBeCloseTo(integral / 2, 5)
  })

  it("Heun's error on the exact velocity falls with the square of the step", () => {
    const error = (steps: number) => heunVariance(1e-3, steps) - 1
    expect(error(50)).toBeGreaterThan(0.05)
    expect(error(1600) / error(3200)).toBeCloseTo(4, 1)
  })
})

const settings: Omit<MixtureSettings, 'kind'> = {
  conditionNumbers: [100, 100],
  training: 300,
  measured: 200,
  watched: 50,
  pairs: 200,
  pairsWatched: 100,
  projected: 200,
  width: 16,
  depth: 2,
  batch: 64,
  steps: 120,
  tolerance: 1e-3,
}
const measuring = { engine: { device: 'cpu', threads: 1 } as const, onProgress: () => undefined }

async function smallRuns(changes: Partial<MixtureSettings> = {}): Promise<Run[]> {
  const runs: Run[] = []
  for (const kind of ['data', 'none', 'zca', 'class-zca'] as const) {
    const cell = { name: kind, seed: 0, settings: { ...settings, ...changes, kind } }
    const result: unknown = JSON.parse(JSON.stringify(await measureMixture(cell, measuring)))
    runs.push({ ...cell, seconds: 1, result: resultSchema.parse(result) })
  }
  return runs
}

const discrepancy = (mmdOf: number, narrow: number) => ({
  mmd: mmdOf,
  mmdWhitened: mmdOf,
  slicedWasserstein: 0.1,
  narrow: [narrow, narrow],
})
/** A run that gave these numbers. */
const run = (kind: MixtureSettings['kind'], mmdOf: number, narrow: number): Run => ({
  name: kind,
  seed: 0,
  seconds: 1,
  settings: { ...settings, kind },
  result: {
    draws: [{ ...discrepancy(mmdOf, narrow), watched: discrepancy(mmdOf, narrow) }],
    ...(kind !== 'data' && {
      trained: {
        looks: [0, 60, 120].map((step) => ({ ...discrepancy(mmdOf, narrow), step })),
        loss: 1,
        evaluations: 32,
        spectra: [
          [1, 0.01],
          [1, 0.01],
        ],
        spectrum: [9, 1],
      },
    }),
  },
})

const invented = [
  run('data', 0.5, 1.1),
  run('none', 0.4, 1.5),
  run('zca', 0.4, 3),
  run('class-zca', 0.2, 1.8),
]

describe('the experiment', () => {
  it('measures and presents a configuration: whitening per class lowers what none leaves high', async () => {
    const runs = await smallRuns()
    const { table, summary, sections } = presentMixtures(runs)
    expect(table.rows.map(({ kind }) => kind)).toEqual(['none', 'zca', 'class-zca'])
    expect(summary).toMatch(/low-eigenvalue error is lower in 1 of 1\. The largest κ .* is lower in 1 of 1\./)
    const figures = sections.flatMap(({ blocks }) =>
      blocks.flatMap((one) => (one.kind === 'figure' ? [one.name] : [])),
    )
    const curves = ['low-eigenvalue-over-steps', 'mmd-whitened', 'mmd']
    expect(figures).toEqual(['low-eigenvalue-error', 'kappa', 'kappa-whole', ...curves])
    const whitened = runs[3].result.trained
    whitened?.spectra.flat().forEach((value) => expect(value).toBeCloseTo(1, 3))
  })

  it('draws components of different condition numbers, and says which of them is slowest', async () => {
    const unequal = await smallRuns({ conditionNumbers: [1, 400], steps: 5 })
    const { summary } = presentMixtures([...invented, ...unequal])
    const [easy, hard] = unequal[1].result.trained?.spectra ?? []
    expect(easy[0] / easy[1]).toBeLessThan(1.5)
    expect(hard[0] / hard[1] / 400).toBeCloseTo(1, 0)
    expect(summary).toMatch(/κ 1, 400 in one mixture: the slowest mode is that of the component of κ 400/)
  })

  it('tabulates the mean and deviation over seeds', () => {
    const other = invented.map((one) => ({ ...one, seed: 1 }))
    other[1] = { ...run('none', 0.4, 1.7), seed: 1 }
    const { table, caption } = presentMixtures([...invented, ...other])
    const { lowEigenvalue } = table.rows[0]
    expect(lowEigenvalue).toMatchObject({ count: 2 })
    expect(lowEigenvalue).toHaveProperty('mean', expect.closeTo(0.6, 10))
    expect(caption).toMatch(/mean ± standard deviation over 2 seeds/)
  })

  it('names configurations where whitening is not lower, and those that fresh data cannot be told from', () => {
    const { summary } = presentMixtures(invented)
    expect(summary).toMatch(
      /low-eigenvalue error is lower in 0 of 1\. It is not in 2 x 100 \(0\.800 against 0\.500; fresh data up to 0\.100\)/,
    )
    expect(summary).toMatch(
      /For 2 x 100 neither can be told from fresh data: both are below the largest of 1 pairs of independent sets of it \(0\.500\)/,
    )
  })
})
