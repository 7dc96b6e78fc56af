import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { covariance, flatten } from '../linalg/covariance.ts'
import { eigenSymmetric } from '../linalg/eigen.ts'
import { largestDifference, matrix } from '../linalg/matrix.ts'
import { goldenNote, goldenTensors, haveGoldens } from '../linalg/testing/goldens.ts'
import { whitening } from '../linalg/whitening.ts'
import { dataMoments, momentsOf } from './linear/moments.ts'
import { roundTripError } from './preconditioner.ts'
import { loadPreconditioner } from './folder.ts'
import { preconditioner } from './registry.ts'
import { correlated, whiteningCases } from './linear/testing/linear-cases.ts'
import { zca } from './linear/zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const

describe('linear preconditioners', () => {
  it('standardise gives unit variances and keeps correlations', async () => {
    const data = correlated({ seed: 5, features: [6], scale: 3 })
    const fitted = await preconditioner('standardise').fit(data, { engine: cpu })
    const { covariance: sigma } = covariance(flatten(await fitted.transform(data.samples)))
    for (let j = 0; j < 6; j++) expect(sigma.data[j * 7]).toBeCloseTo(1, 4)
    await fitted.dispose()
  })

  it('decomposes the covariance once, whoever asks', async () => {
    const data = correlated({ seed: 3, features: [4] })
    let calls = 0
    const moments = dataMoments(await momentsOf(data, cpu), (sigma) => {
      calls++
      return eigenSymmetric(sigma)
    })
    expect(await moments.eigen()).toBe(await moments.eigen())
    await (await zca().fitMoments?.(moments, { engine: cpu }))?.dispose()
    expect(calls).toBe(1)
  })

  it('stays invertible on fewer samples than dimensions, and says how many directions were raised', async () => {
    const data = correlated({ seed: 1, features: [20], count: 8 })
    const fitted = await preconditioner('zca').fit(data, { engine: cpu })
    expect(fitted.describe()).toMatchObject({ floored: 13, features: 20 })
    expect(await roundTripError(fitted, data.samples)).toBeLessThan(1e-6)
    await fitted.dispose()
  })
})

describe('shrinkage', () => {
  const few = correlated({ seed: 6, features: [20], count: 12, spread: 1 })
  const shrinkageOf = async (kind: string, data = few): Promise<number> => {
    const fitted = await preconditioner(kind, { shrinkage: 'ledoit-wolf' }).fit(data, { engine: cpu })
    await fitted.dispose()
    return Number(fitted.describe().shrinkage)
  }

  it('by Ledoit-Wolf leaves nothing to the floor where there are fewer samples than features', async () => {
    const fitted = await zca({ shrinkage: 'ledoit-wolf' }).fit(few, { engine: cpu })
    expect(fitted.describe()).toMatchObject({ floored: 0, shrinkage: await shrinkageOf('pca') })
    expect(Number(fitted.describe().shrinkage)).toBeGreaterThan(0.01)
    await fitted.dispose()
  })

  it('of a given size whitens the shrunk covariance', async () => {
    const { covariance: sigma } = await momentsOf(few, cpu)
    const { whiten } = await whitening('zca', sigma, { shrinkage: 0.3 })
    const fitted = await zca({ shrinkage: 0.3 }).fit(few, { engine: cpu })
    expect(fitted.tensors.get('forward')?.data).toEqual(whiten.data)
    await fitted.dispose()
  })

  it('does not depend on units for the kinds that begin with the correlation', async () => {
    const { samples } = few
    const other = {
      name: 'other units',
      samples: ndarray(
        samples.data.map((x, at) => x * 2 ** (at % 20)),
        [12, 20],
      ),
    }
    for (const kind of ['zca-cor', 'pca-cor'])
      expect(await shrinkageOf(kind, other)).toBeCloseTo(await shrinkageOf(kind), 6)
    expect(Math.abs((await shrinkageOf('zca', other)) - (await shrinkageOf('zca')))).toBeGreaterThan(0.01)
  })

  it('cannot be estimated from moments alone, and takes only what it knows', () => {
    expect('fitMoments' in zca({ shrinkage: 'ledoit-wolf' })).toBe(false)
    expect('fitMoments' in zca({ shrinkage: 0.1 })).toBe(true)
    expect(() => preconditioner('zca', { shrinkage: 'oas' })).toThrow(
      /shrinkage is "oas": expected 'none', 'ledoit-wolf' or/,
    )
    expect(() => preconditioner('zca', { shrinkage: 2 })).toThrow(/shrinkage is 2/)
  })
})

describe.skipIf(!haveGoldens)(`whitening golden${goldenNote}`, () => {
  const names: Readonly<Record<string, string>> = {
    zca: 'ZCA',
    pca: 'PCA',
    cholesky: 'Cholesky',
    'cholesky-precision': 'Cholesky-prec',
    'zca-cor': 'ZCA-cor',
    'pca-cor': 'PCA-cor',
  }

  it.each(whiteningCases.map(({ kind }) => kind))(
    '%s maps as the reference does, to float32',
    async (kind) => {
      const tensor = goldenTensors('whitening/a')
      const given = tensor('X')
      const samples = ndarray(Float32Array.from(given.data), given.shape)
      const fitted = await preconditioner(kind).fit({ name: 'golden', samples }, { engine: cpu })
      const expected = tensor(`Z.${names[kind]}`)
      const asMatrix = (values: ArrayLike<number>) =>
        matrix(given.shape[0], given.shape[1], Float64Array.from(values))
      const { data } = await fitted.transform(samples)
      expect(largestDifference(asMatrix(data), asMatrix(expected.data))).toBeLessThan(1e-5)
      await fitted.dispose()
    },
  )
})

describe('saving', () => {
  const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    await use(folder).finally(() => rm(folder, { recursive: true }))
  }

  it('says what is wrong with a folder that holds none, or a damaged one', async () => {
    await inFolder(async (folder) => {
      await expect(loadPreconditioner(folder)).rejects.toThrow(
        /preconditioner\.json.*expected a folder written by/,
      )
      await writeFile(join(folder, 'preconditioner.json'), '{"kind": "zca"')
      await expect(loadPreconditioner(folder)).rejects.toThrow(/is damaged/)
    })
  })
})

describe('errors', () => {
  it('suggests the nearest kind', () => {
    expect(() => preconditioner('zac')).toThrow(/unknown preconditioner 'zac': did you mean 'zca'/)
  })

  it('says which kind takes no options', () => {
    expect(() => preconditioner('none', { floor: 1e-6 })).toThrow(
      'the none preconditioner takes no options, got floor: leave it out',
    )
  })

  it('names both shapes when samples do not fit', async () => {
    const fitted = await preconditioner('zca').fit(correlated({ seed: 0, features: [3] }), { engine: cpu })
    const other = correlated({ seed: 0, features: [4] }).samples
    expect(() => fitted.transform(other)).toThrow(/fitted to samples of shape \[3\], got \[4\]/)
    await fitted.dispose()
  })
})
