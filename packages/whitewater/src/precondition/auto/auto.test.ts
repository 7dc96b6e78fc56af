import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { autoPreconditioner } from './auto.ts'
import { choose, type Measured } from './choose.ts'
import { measureOn } from './measure.ts'
import { chain } from '../chain.ts'
import { identity } from '../linear/identity.ts'
import { perClass } from '../classes/per-class.ts'
import { roundTripError, type Preconditioner } from '../preconditioner.ts'
import { loadPreconditioner, savePreconditioner } from '../folder.ts'
import { preconditioner } from '../registry.ts'
import { standardise } from '../linear/standardise.ts'
import { zca } from '../linear/zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Normal noise, each feature at its own scale, then turned by 45 degrees where `turned`. */
function gaussian(scales: readonly number[], turned: boolean, count = 1500): Dataset {
  const d = scales.length
  const data = randomStream(5)
    .normal(count * d)
    .map((value, i) => value * scales[i % d])
  if (turned)
    for (let i = 0; i < data.length; i += 2)
      [data[i], data[i + 1]] = [(data[i] + data[i + 1]) / Math.SQRT2, (data[i] - data[i + 1]) / Math.SQRT2]
  return { name: 'gaussian', samples: ndarray(data, [count, d]) }
}

const chosenFor = async (data: Dataset, options: Record<string, string | number | boolean> = {}) => {
  const fitted = await preconditioner('auto', options).fit(data, { engine: cpu })
  await fitted.dispose()
  return fitted
}

describe('auto', () => {
  it('takes the simplest map that suffices: none for noise, scales for scales, whitening for correlations', async () => {
    expect((await chosenFor(gaussian([1, 1, 1, 1], false))).kind).toBe('none')
    expect((await chosenFor(gaussian([1, 30, 0.1, 5], false))).kind).toBe('standardise')
    expect((await chosenFor(gaussian([1, 30, 0.1, 5], true))).kind).toBe('zca')
  })

  it('maps each class by itself where classes lie apart', async () => {
    const data = await dataset('mixture', { samples: 2000, components: 3, conditionNumber: 100 })
    const fitted = await chosenFor(data, { candidates: 'none, standardise, zca, class-zca' })
    expect(fitted.kind).toBe('class-zca')
    expect(
      (
        await chosenFor({ name: data.name, samples: data.samples }, { candidates: 'none,zca,class-zca' })
      ).describe(),
    ).toMatchObject({ 'tried class-zca': 'not tried: needs labels' })
  })

  it('says what it chose, why, and what it saw of every candidate', async () => {
    const fitted = await chosenFor(gaussian([1, 30, 0.1, 5], true), {
      candidates: 'none, standardise, zca, pca',
    })
    const said = fitted.describe()
    expect(said).toMatchObject({ chosen: 'zca', heldOut: 450, floor: 1e-6 })
    expect(said.because).toMatch(/nats a dimension ahead of none; .*cannot be told apart \(pca\)/)
    expect(said['tried none']).toMatch(/nats a dimension behind, kappa .*, round trip 0/)
    expect(said['tried zca']).toMatch(/kappa 1\.\d+, round trip/)
  })

  it('is fitted to all data, and saved as what it chose, with its reasons', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    try {
      const data = gaussian([1, 30, 0.1, 5], true)
      const fitted = await preconditioner('auto').fit(data, { engine: cpu })
      const plain = await zca().fit(data, { engine: cpu })
      const z = await fitted.transform(data.samples)
      expect(z.data).toEqual((await plain.transform(data.samples)).data)
      expect(await roundTripError(fitted, data.samples)).toBeLessThan(1e-5)
      await savePreconditioner(folder, fitted)
      const loaded = await loadPreconditioner(folder, cpu)
      expect(loaded.kind).toBe('zca')
      expect(loaded.describe()).toEqual(fitted.describe())
      expect((await loaded.transform(data.samples)).data).toEqual(z.data)
      for (const one of [fitted, plain, loaded]) await one.dispose()
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('keeps its reasons when it chooses a chain, and works inside one', async () => {
    const data = gaussian([1, 30, 0.1, 5], true)
    const chained = await chosenFor(data, { candidates: 'none, standardise+zca' })
    expect(chained.kind).toBe('standardise+zca')
    expect(chained.describe()).toMatchObject({ chosen: 'standardise+zca', '0.floor': 1e-6 })
    const inside = await chain(preconditioner('auto', { candidates: 'none, zca' }), standardise()).fit(data, {
      engine: cpu,
    })
    expect(inside.kind).toBe('zca+standardise')
    await inside.dispose()
  })

  it('tries trained kinds only when asked', async () => {
    const data = gaussian([1, 30], true, 400)
    expect((await chosenFor(data)).describe()).not.toHaveProperty('tried flow')
    const trained: Preconditioner = {
      ...identity(),
      kind: 'broken',
      fit: () => Promise.reject(new Error('a bug')),
      fitMoments: undefined,
    }
    await expect(autoPreconditioner([trained]).fit(data, { engine: cpu })).rejects.toThrow('a bug')
  })

  it('gives the same choice and figures for the same seed', async () => {
    const data = gaussian([1, 2, 3, 4], true)
    expect((await chosenFor(data)).describe()).toEqual((await chosenFor(data)).describe())
  })

  it.each([
    ['an unknown candidate', { candidates: 'zca, zac' }, /unknown preconditioner 'zac': did you mean 'zca'/],
    ['too few samples to compare on', { samples: 3 }, /auto: samples is 3/],
  ])('refuses %s', (_, options, message) => {
    expect(() => preconditioner('auto', options)).toThrow(message)
  })

  it('is refused a class: each would choose a kind of its own', () => {
    expect(() => preconditioner('class-auto')).toThrow(/class-auto: each class would choose.*candidates/)
  })

  it('says why none can be chosen', async () => {
    const flat = { name: 'flat', samples: ndarray(new Float32Array(200).fill(2), [100, 2]) }
    await expect(chosenFor(flat, { candidates: 'standardise, zca' })).rejects.toThrow(
      /none of 2 candidates can be fitted to flat.*standardise: .*constant.*zca: .*constant/,
    )
  })
})

describe('a measurement', () => {
  it('is the exact log-likelihood: that of N(m, Sigma) for whitened Gaussian data', async () => {
    const data = gaussian([2, 0.5], false, 4000)
    const held = gaussian([2, 0.5], false, 300)
    const fitted = await zca().fit(data, { engine: cpu })
    const { surprise = [], kappa } = await measureOn(fitted, data, held)
    const exact = (i: number) => {
      const [x, y] = held.samples.data.subarray(2 * i, 2 * i + 2)
      return 0.5 * ((x / 2) ** 2 + (y / 0.5) ** 2) + Math.log(2 * Math.PI) + Math.log(2 * 0.5)
    }
    for (let i = 0; i < 300; i++) expect(Math.abs(surprise[i] - exact(i))).toBeLessThan(0.3)
    const mean = (value: (i: number) => number) =>
      Array.from({ length: 300 }, (_, i) => value(i)).reduce((a, b) => a + b) / 300
    expect(mean((i) => surprise[i])).toBeCloseTo(mean(exact), 1)
    expect(kappa).toBeLessThan(1.5)
    await fitted.dispose()
  })

  it('counts the entropy of components: splitting one Gaussian in two gains nothing', async () => {
    const data = gaussian([1, 1], false, 4000)
    const coins = ({ shape: [n] }: Dataset['samples']) =>
      Int32Array.from({ length: n }, (_, i) => Number(randomStream(i).nextUniform() < 0.5))
    const inner = await perClass(zca()).fit(
      { ...data, labels: coins(data.samples), classes: 2 },
      { engine: cpu },
    )
    const split = {
      ...inner,
      components: { perClass: 2, assign: (x: Dataset['samples']) => Promise.resolve(coins(x)) },
    }
    const whole = await zca().fit(data, { engine: cpu })
    const mean = (values: Float64Array = new Float64Array(0)) =>
      values.reduce((a, b) => a + b, 0) / values.length
    const one = await measureOn(whole, data, data)
    const two = await measureOn(split, data, data)
    expect(mean(two.surprise) - mean(one.surprise)).toBeCloseTo(Math.log(2), 1)
    for (const fitted of [inner, whole]) await fitted.dispose()
  })
})

describe('choosing', () => {
  const measured = (kind: string, surprise: readonly number[], rest: Partial<Measured> = {}): Measured => ({
    kind,
    surprise: Float64Array.from(surprise),
    kappa: 1,
    roundTrip: 0,
    ...rest,
  })
  const base = [1, 2, 3, 4]

  it.each([
    [
      'the likeliest',
      [
        measured('a', base),
        measured(
          'b',
          base.map((x) => x - 1),
        ),
      ],
      'b',
    ],
    ['the first of equals', [measured('a', base), measured('b', base)], 'a'],
    ['the even one of equals', [measured('a', base, { kappa: 50 }), measured('b', base)], 'b'],
    [
      'one that comes back',
      [
        measured('a', base),
        measured(
          'b',
          base.map((x) => x - 1),
          { roundTrip: 0.1 },
        ),
      ],
      'a',
    ],
    ['one that can be compared', [measured('a', base), measured('b', base, { surprise: undefined })], 'a'],
    ['the first where noise hides the difference', [measured('a', base), measured('b', [0, 3, 2.9, 4])], 'a'],
  ])('takes %s', (_, candidates, kind) => {
    expect(choose(candidates, 1)?.kind).toBe(kind)
  })

  it('has nothing to take where none comes back', () => {
    expect(choose([measured('a', base, { roundTrip: 1 }), { kind: 'b', reason: 'no' }], 1)).toBeUndefined()
  })
})
