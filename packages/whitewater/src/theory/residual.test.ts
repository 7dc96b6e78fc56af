// The residual preconditioners against the exact theory: with a silent network they are the theory's velocities.
import { constant, evaluate, mul, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import { select } from '../data/subset.ts'
import { linearPath } from '../flow/path.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { gaussianResidual } from '../precondition/residual/gaussian.ts'
import { mixtureResidual } from '../precondition/residual/mixture.ts'
import type { FittedResidual } from '../precondition/residual/residual.ts'
import { gaussianVelocity } from './gaussian-flow.ts'
import { gaussianOf } from './gaussian.ts'
import { mixtureVelocity, type Mixture } from './mixture.ts'

const times = [0, 0.2, 0.5, 0.8, 0.97, 1]

async function silentVelocity(fitted: FittedResidual, x: Float32Array, t: number, label: number) {
  const field = fitted.field((input) => mul(input, 0), linearPath)
  const v = field(constant(x, [1, x.length]), constant(Float32Array.of(t)), constant(Int32Array.of(label)))
  return Float64Array.from((await evaluate({ v })).v, Number)
}

/** Near a sample at time t, for every t; the largest difference beside the velocity's size. */
async function worst(
  fitted: FittedResidual,
  samples: Float32Array,
  label: number,
  expected: (t: number, x: Float32Array) => Float64Array,
): Promise<number> {
  let largest = 0
  const d = fitted.features[0]
  for (const [i, t] of times.entries()) {
    const noise = randomStream(i).normal(d)
    const x = noise.map((value, j) => (1 - t) * value + t * samples[i * d + j])
    const own = expected(t, x)
    const given = await silentVelocity(fitted, x, t, label)
    const size = Math.max(1, Math.hypot(...own))
    own.forEach((value, j) => (largest = Math.max(largest, Math.abs(value - given[j]) / size)))
  }
  return largest
}

describe('residuals with a silent network', () => {
  it('gaussian: Prop. 3.1', async () => {
    const data = await dataset('gaussian', { dimension: 6, conditionNumber: 1e4, samples: 500 })
    const { mean, covariance: sigma } = covariance(flatten(data.samples))
    const exact = gaussianOf(sigma, mean)
    const fitted = await gaussianResidual().fit(data)
    const found = await worst(fitted, data.samples.data, 0, (t, x) => gaussianVelocity(exact, t, x))
    expect(found).toBeLessThan(1e-3)
  })

  it.each(['eigen', 'symmetric'] as const)(
    'mixture, %s: Prop. 3.8 for the null class, Prop. 3.1 for a class',
    async (basis) => {
      const data = await dataset('mixture', {
        components: 3,
        dimension: 3,
        conditionNumber: 100,
        samples: 600,
      })
      const classes = [0, 1, 2].map((label) =>
        select(
          data,
          Array.from(data.labels ?? []).flatMap((own, i) => (own === label ? [i] : [])),
        ),
      )
      const exact: Mixture = {
        weights: Float64Array.from(classes, ({ samples }) => samples.shape[0] / 600),
        components: classes.map(({ samples }) => {
          const { mean, covariance: sigma } = covariance(flatten(samples))
          return gaussianOf(sigma, mean)
        }),
      }
      const fitted = await mixtureResidual({ basis, pool: 0 }).fit(data)
      const own = data.samples.data
      expect(await worst(fitted, own, 3, (t, x) => mixtureVelocity(exact, t, x))).toBeLessThan(1e-3)
      const second = classes[1].samples.data
      const ofSecond = (t: number, x: Float32Array) => gaussianVelocity(exact.components[1], t, x)
      expect(await worst(fitted, second, 1, ofSecond)).toBeLessThan(1e-3)
    },
  )
})
