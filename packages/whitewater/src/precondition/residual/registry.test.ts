import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constant, ndarray, randomStream, tanh } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { dataset } from '../../data/registry.ts'
import type { Field } from '../../flow/field.ts'
import { linearPath } from '../../flow/path.ts'
import { gaussianResidual } from './gaussian.ts'
import { loadResidual, saveResidual } from './folder.ts'
import { residualNamed } from './registry.ts'
import { silent, valuesOf } from './testing.ts'

describe('a saved residual', () => {
  const folder = () => mkdtemp(join(tmpdir(), 'residual-'))

  it.each(['plain', 'class-means', 'class'] as const)('%s comes back the same', async (kind) => {
    const path = await folder()
    const data = await dataset('mixture', { components: 2, dimension: 3, samples: 100 })
    const fitted = await residualNamed('gaussian', {
      covariance: kind,
      basis: 'symmetric',
      loss: 'normalised',
    }).fit(data)
    await saveResidual(path, fitted)
    const back = await loadResidual(path)
    const network: Field = (x) => tanh(x)
    const x = randomStream(1).normal(9)
    const [a, b] = await Promise.all(
      [fitted, back].map((one) => valuesOf(one.field(network, linearPath), x, 0.4, [3, 3], [0, 1, 2])),
    )
    expect(b).toEqual(a)
    expect(back.describe()).toEqual(fitted.describe())
    expect(back.options).toEqual(fitted.options)
    expect(back.weigh).toBeDefined()
    await rm(path, { recursive: true })
  })

  it('that is damaged, or none, is told from one', async () => {
    const path = await folder()
    await expect(loadResidual(path)).rejects.toThrow(/holds no residual/)
    const data = await dataset('gaussian', { dimension: 3, samples: 50 })
    await saveResidual(path, await gaussianResidual().fit(data))
    const json = await readFile(join(path, 'residual.json'), 'utf8')
    await writeFile(join(path, 'residual.json'), json.replace('"plain"', '"plane"'))
    await expect(loadResidual(path)).rejects.toThrow(/damaged: .*fit again|damaged, fit again/)
    await rm(path, { recursive: true })
  })
})

describe('bad input', () => {
  it('is told in one line', async () => {
    expect(() => residualNamed('gausian')).toThrow(/did you mean 'gaussian'/)
    expect(() => residualNamed('gaussian', { covarance: 'class' })).toThrow(/did you mean 'covariance'/)
    expect(() => residualNamed('gaussian', { covariance: 'klass' })).toThrow(
      /unknown covariance of gaussian 'klass': did you mean 'class'/,
    )
    const data = await dataset('gaussian', { dimension: 3, samples: 50 })
    await expect(gaussianResidual({ covariance: 'class' }).fit(data)).rejects.toThrow(
      /has no labels: give labels/,
    )
    const gap = { ...data, labels: new Int32Array(50), classes: 2 }
    await expect(gaussianResidual({ covariance: 'class' }).fit(gap)).rejects.toThrow(/class 1 has no samples/)
    const still = { ...data, samples: ndarray(new Float32Array(30).fill(2), [10, 3]) }
    await expect(gaussianResidual().fit(still)).rejects.toThrow(/all features are constant/)
    const flat = { ...data, samples: ndarray(Float32Array.of(0, 1, 0, 2, 0, 4), [3, 2]) }
    await expect(gaussianResidual({ floor: 0 }).fit(flat)).rejects.toThrow(/floor above 0/)
    const fitted = await gaussianResidual({ covariance: 'class-means' }).fit({
      ...gap,
      labels: gap.labels.map((_, i) => i % 2),
    })
    const x = constant(new Float32Array(3), [1, 3])
    expect(() => fitted.field(silent, linearPath)(x, constant(new Float32Array(1)))).toThrow(
      /give labels, 2 is the null class/,
    )
  })
})
