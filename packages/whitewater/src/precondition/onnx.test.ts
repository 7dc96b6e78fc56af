// Every preconditioner as two files, run by plain ONNX Runtime, against its own transform and invert.
import { readdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray, type NdArray } from '@whitewater/tensor'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { exportPreconditioner } from './onnx.ts'
import type { FittedPreconditioner, Samples, Settings } from './preconditioner.ts'
import { preconditioner, preconditionerKinds } from './registry.ts'
import { correlated } from './linear/testing/linear-cases.ts'

const fitting = { engine: { device: 'cpu', threads: 1 }, seed: 1 } as const

/** Training of a moment, for the kinds that are trained. */
const quick: Readonly<Record<string, Settings>> = {
  'real-nvp': { couplings: 2, width: 8, steps: 20, batch: 32 },
  flow: { width: 8, depth: 1, steps: 20, batch: 32, solverSteps: 4 },
  auto: { candidates: 'standardise,zca' },
  blocks: { by: 'pixel' },
  'low-rank': { rank: 3 },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whitewater-onnx-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(path: string, feeds: Readonly<Record<string, NdArray>>): Promise<Samples> {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3 })
  const tensors = session.inputNames.map((name) => {
    const { data, shape } = feeds[name]
    const type = data instanceof Int32Array ? 'int32' : 'float32'
    return [name, new OrtTensor(type, data as Float32Array, [...shape])] as const
  })
  const result = (await session.run(Object.fromEntries(tensors)))[session.outputNames[0]]
  await session.release()
  return ndarray(Float32Array.from(result.data as Float32Array), result.dims)
}

const largest = (values: Float32Array): number => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

function near(found: Samples, expected: Samples): void {
  expect(found.shape).toEqual(expected.shape)
  const error = largest(found.data.map((x, i) => x - expected.data[i]))
  expect(error / largest(expected.data)).toBeLessThan(1e-5)
}

const data = correlated({ seed: 3, features: [1, 4, 4], count: 200 })

/** The labels that P takes: classes, or its own components. */
const labelsOf = (fitted: FittedPreconditioner, x: Samples, classes: Int32Array) =>
  fitted.components?.assign(x, classes) ?? Promise.resolve(classes)

describe('P.onnx and P.inverse.onnx are P and P^-1 for any number of samples', () => {
  test.each([...preconditionerKinds, 'zca+standardise', 'class-pca'])('%s', async (kind) => {
    const fitted = await preconditioner(kind, quick[kind]).fit(data, fitting)
    const files = await exportPreconditioner(fitted, join(folder, `${kind}.onnx`))
    for (const count of [1, 5]) {
      const x = ndarray(data.samples.data.subarray(0, count * 16), [count, 1, 4, 4])
      const labels = await labelsOf(
        fitted,
        x,
        Int32Array.from({ length: count }, (_, i) => i % 2),
      )
      const z = await fitted.transform(x, labels)
      const given = { labels: ndarray(labels, [count]) }
      near(await run(files[0].path, { x, ...given }), z)
      near(await run(files[1].path, { z, ...given }), await fitted.invert(z, labels))
    }
    await fitted.dispose()
  })
})

it('asks for labels only where P reads them, and says where the files are', async () => {
  const inputs = async (kind: string) => {
    const fitted = await preconditioner(kind).fit(data, fitting)
    const files = await exportPreconditioner(fitted, join(folder, 'which.onnx'))
    await fitted.dispose()
    return files.map((file) => file.inputs)
  }
  expect(await inputs('zca')).toEqual([['x'], ['z']])
  expect(await inputs('class-zca')).toEqual([
    ['x', 'labels'],
    ['z', 'labels'],
  ])
  expect((await readdir(folder)).filter((name) => name.startsWith('which'))).toEqual([
    'which.inverse.onnx',
    'which.onnx',
  ])
})

it('writes nothing under a name that is not .onnx', async () => {
  const fitted = await preconditioner('standardise').fit(data, fitting)
  await expect(exportPreconditioner(fitted, join(folder, 'P.pt'))).rejects.toThrow(/ends in \.onnx/)
  expect(await readdir(folder)).not.toContain('P.pt')
})
