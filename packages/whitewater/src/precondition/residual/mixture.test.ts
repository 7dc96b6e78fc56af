import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constant, evaluate, mul, ndarray, randomStream, sub, tanh, type Tensor } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import type { Field } from '../../flow/field.ts'
import { linearPath } from '../../flow/path.ts'
import { cosinePath } from '../../flow/paths.ts'
import type { FittedResidual } from './residual.ts'
import { gaussianResidual } from './gaussian.ts'
import { mixtureResidual } from './mixture.ts'
import { loadResidual, saveResidual } from './folder.ts'
import { residualNamed } from './registry.ts'

const silent: Field = (x) => mul(x, 0)

const unlabelled = ({ name, samples }: Dataset): Dataset => ({ name, samples })

async function numbers(value: Tensor): Promise<Float64Array> {
  return Float64Array.from((await evaluate({ value })).value, Number)
}

const at = (x: ArrayLike<number>, d: number): Tensor => constant(Float32Array.from(x), [x.length / d, d])

/** R at points x [n, d], as n matrices: what the field adds for each unit vector that the network says, a column each. */
async function rootsAt(fitted: FittedResidual, x: Tensor, t: number): Promise<Float64Array[]> {
  const [n, d] = x.shape
  const time = constant(new Float32Array(n).fill(t))
  const known = fitted.field(silent, linearPath)(x, time)
  const columns: Float64Array[] = []
  for (let j = 0; j < d; j++) {
    const said = at(
      Array.from({ length: n * d }, (_, i) => Number(i % d === j)),
      d,
    )
    columns.push(await numbers(sub(fitted.field(() => said, linearPath)(x, time), known)))
  }
  return Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: d * d }, (__, k) => columns[k % d][i * d + Math.floor(k / d)]),
  )
}

const squared = (r: Float64Array, d: number): Float64Array =>
  Float64Array.from({ length: d * d }, (_, k) =>
    Array.from({ length: d }, (__, l) => r[Math.floor(k / d) * d + l] * r[l * d + (k % d)]).reduce(
      (a, b) => a + b,
    ),
  )

/** Points at +-3 along the first axis, each a Gaussian of the given standard deviations. */
function pair([wide, narrow]: readonly [number, number], count = 4000): Dataset {
  const noise = randomStream(6).normal(2 * count)
  const data = noise.map((value, i) => (i % 2 === 0 ? wide * value + (i % 4 === 0 ? 3 : -3) : narrow * value))
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  return { name: 'pair', samples: ndarray(data, [count, 2]), labels, classes: 2 }
}

describe('the mixture residual', () => {
  it('of one component is the Gaussian residual', async () => {
    const data = unlabelled(await dataset('gaussian', { dimension: 4, conditionNumber: 100, samples: 400 }))
    const [mixture, gaussian] = await Promise.all([
      mixtureResidual({ components: 1 }).fit(data),
      gaussianResidual().fit(data),
    ])
    const x = at(randomStream(3).normal(12), 4)
    const t = constant(Float32Array.of(0, 0.6, 1))
    for (const path of [linearPath, cosinePath]) {
      const network: Field = (input) => tanh(input)
      const [a, b] = await Promise.all(
        [mixture, gaussian].map((one) => numbers(one.field(network, path)(x, t))),
      )
      // EM's covariance has the divisor n, not n - 1.
      a.forEach((value, i) => expect(Math.abs(value - b[i])).toBeLessThan(0.01 * (1 + Math.abs(b[i]))))
    }
  })

  it('finds components without labels: samples of it stay in them', async () => {
    const data = pair([0.3, 0.1])
    const found = await mixtureResidual({ components: 2 }).fit(unlabelled(data), { seed: 1 })
    const given = await mixtureResidual({ pool: 0 }).fit(data)
    const x = at([0.4, 0.1, -2, 0.3, 2.5, 0, 0, 0.05], 2)
    const t = constant(Float32Array.of(0.3, 0.7, 0.9, 0.99))
    const [a, b] = await Promise.all([
      numbers(found.field(silent, linearPath)(x, t)),
      numbers(given.field(silent, linearPath)(x, t, constant(new Int32Array(4).fill(2)))),
    ])
    a.forEach((value, i) => expect(Math.abs(value - b[i])).toBeLessThan(0.02 * (1 + Math.abs(b[i]))))
  })

  it('R^2 is Cov(u | x) where one component is certain', async () => {
    const fitted = await mixtureResidual({ components: 2, basis: 'symmetric' }).fit(
      unlabelled(pair([0.5, 0.05])),
    )
    const t = 0.9
    const [root] = await rootsAt(fitted, at([2.7, 0.01], 2), t)
    const square = squared(root, 2)
    const expected = [0.25, 0.0025].map((lambda) => lambda / ((1 - t) ** 2 + t ** 2 * lambda))
    expect(square[0] / expected[0]).toBeCloseTo(1, 1)
    expect(square[3] / expected[1]).toBeCloseTo(1, 1)
    expect(Math.abs(square[1])).toBeLessThan(0.02)
  })

  it('R^2 is Cov(u | x) where two narrow components are to be told apart', async () => {
    const data = pair([0.01, 0.01])
    const fitted = await mixtureResidual({ components: 2, basis: 'symmetric' }).fit(unlabelled(data))
    // At x = 0 both are equally likely: u = (m_k - x) / (1 - t) = +-3 / (1 - t).
    const t = 0.2
    const [root] = await rootsAt(fitted, at([0, 0], 2), t)
    expect(root[0] / (3 / (1 - t))).toBeCloseTo(1, 1)
    expect(Math.abs(root[3])).toBeLessThan(0.05)
  })

  it.each(['eigen', 'symmetric', 'none'] as const)('%s comes back from a folder the same', async (basis) => {
    const folder = await mkdtemp(join(tmpdir(), 'residual-'))
    const data = await dataset('mixture', { components: 2, dimension: 3, samples: 200 })
    const fitted = await residualNamed('mixture', { basis, components: 2 }).fit(data)
    expect(fitted.describe()).toMatchObject({ components: 4, classes: 2 })
    await saveResidual(folder, fitted)
    const back = await loadResidual(folder)
    const x = at(randomStream(1).normal(9), 3)
    const t = constant(Float32Array.of(0, 0.4, 1))
    const [a, b] = await Promise.all(
      [fitted, back].map((one) =>
        numbers(one.field((input) => tanh(input), linearPath)(x, t, constant(Int32Array.of(0, 1, 2)))),
      ),
    )
    expect(b).toEqual(a)
    expect(a.every(Number.isFinite)).toBe(true)
    await rm(folder, { recursive: true })
  })

  it('tells of labels that are missing', async () => {
    const fitted = await mixtureResidual().fit(pair([0.3, 0.1], 40))
    const x = at([0, 0], 2)
    expect(() => fitted.field(silent, linearPath)(x, constant(new Float32Array(1)))).toThrow(
      /2 is the null class/,
    )
  })
})
