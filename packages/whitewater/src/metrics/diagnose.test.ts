import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { abs, mul, ndarray, randomStream, sign, sqrt } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { blocksOf } from '../data/sample-blocks.ts'
import type { Dataset, SampleBlocks } from '../data/dataset.ts'
import { encodeNpy } from '../data/npy.ts'
import { npyBlocks, openLargeNpy } from '../data/npy-blocks.ts'
import { dataset } from '../data/registry.ts'
import { failureError } from '../errors.ts'
import { mixture } from '../precondition/mixture/mixture.ts'
import type { FittedPreconditioner, Preconditioner, Samples } from '../precondition/preconditioner.ts'
import { zca } from '../precondition/linear/zca.ts'
import { measuredCondition } from './conditioning.ts'
import { compared, diagnose } from './diagnose.ts'
import { diagnoseClasses } from './diagnosis/classes.ts'
import type { DiagnoseOptions, Diagnosis } from './diagnosis/result.ts'
import { stopwatch } from './diagnosis/stages.ts'

const engine = { device: 'cpu', threads: 1 } as const

const diagnosisOf = (data: Dataset, options: DiagnoseOptions = {}): Promise<Diagnosis> =>
  diagnose(blocksOf(data), { engine, ...options })

/** Everything but times. */
const timeless = ({ stages, seconds, streamed, preconditioners, ...rest }: Diagnosis) => ({
  ...rest,
  stages: stages.map(({ name }) => name),
  timed: seconds > 0 && typeof streamed === 'boolean',
  preconditioners: preconditioners.map((one) => ({ ...one, fitSeconds: 0 })),
})

/** Samples whose narrowest direction is not an axis, in classes of different widths. */
function labelled(count: number, d: number, classes: number): Dataset {
  const data = randomStream(4).normal(count * d)
  const labels = Int32Array.from({ length: count }, (_, i) => (i * 7) % classes)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < d; j++) data[i * d + j] *= 10 ** (-(j * (1 + labels[i])) / (2 * d))
    for (let j = 1; j < d; j++) data[i * d + j] += data[i * d + j - 1]
  }
  return { name: 'labelled', samples: ndarray(data, [count, d]), labels, classes }
}

async function streamed(data: Dataset, use: (blocks: SampleBlocks) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
  const path = join(folder, data.name)
  try {
    await writeFile(path, encodeNpy(data.samples))
    const file = await openLargeNpy(path, { from: 0 })
    if (!file) throw new Error('the file was not opened for streaming')
    const labels = data.labels && ([ndarray(data.labels, [data.labels.length]), 'labels'] as const)
    await use(npyBlocks(file, {}, labels))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const doubled = (x: Samples, by: number): Samples =>
  ndarray(
    x.data.map((value) => value * by),
    x.shape,
  )

/** P(x) = sign(x) x^2 / scale: by no means linear, and known to nothing but its samples. */
function curved(calls: string[] = []): Preconditioner {
  const fitted = ([, ...features]: readonly number[]): FittedPreconditioner => ({
    kind: 'curved',
    options: {},
    features,
    graph: { forward: (x) => mul(x, abs(x)), inverse: (z) => mul(sign(z), sqrt(abs(z))) },
    transform: (x) =>
      Promise.resolve(
        ndarray(
          x.data.map((value) => Math.sign(value) * value ** 2),
          x.shape,
        ),
      ),
    invert: (z) =>
      Promise.resolve(
        ndarray(
          z.data.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value))),
          z.shape,
        ),
      ),
    describe: () => ({ bends: true }),
    tensors: new Map(),
    dispose: () => Promise.resolve(void calls.push('disposed')),
  })
  return {
    kind: 'curved',
    options: {},
    fit: ({ samples }) => Promise.resolve(fitted(samples.shape)),
  }
}

describe('diagnose', () => {
  it('measures every preconditioner of the registry, or says why not', async () => {
    const data = labelled(3000, 6, 3)
    const { preconditioners, skipped, classes, ...whole } = await diagnosisOf(data)
    expect(preconditioners.map(({ kind }) => kind)).toEqual(compared)
    expect(skipped).toEqual([])
    expect(classes?.map(({ label, samples }) => [label, samples])).toEqual([0, 1, 2].map((k) => [k, 1000]))
    for (const { roundTripError, fittedTo, spectrum, fitSeconds } of preconditioners) {
      expect(roundTripError).toBeLessThan(1e-5)
      expect(fittedTo).toBe(3000)
      expect(spectrum).toHaveLength(6)
      expect(fitSeconds).toBeGreaterThan(0)
    }
    const zcaAlone = preconditioners.find(({ kind }) => kind === 'zca')
    expect(zcaAlone?.maxKappa).toBeCloseTo(1, 5)
    expect(whole.maxKappa).toBe(whole.path[20].kappa)
    const bare = await diagnosisOf({ name: 'bare', samples: data.samples })
    expect(bare.classes).toBeUndefined()
    expect(bare.skipped).toContainEqual({ kind: 'class-zca', reason: 'needs labels' })
  })

  it('gives each class the condition of its own covariance', async () => {
    const data = labelled(900, 5, 3)
    const { classes } = await diagnosisOf(data, { preconditioners: [], delta: 1e-3 })
    for (const { label, kappa } of classes ?? []) {
      const rows = Array.from({ length: 900 }, (_, i) => i).filter((i) => data.labels?.[i] === label)
      const own = Float32Array.from(rows.flatMap((i) => [...data.samples.data.subarray(i * 5, i * 5 + 5)]))
      const alone = measuredCondition(ndarray(own, [rows.length, 5]), { delta: 1e-3 })
      expect(kappa / alone.kappa).toBeCloseTo(1, 9)
    }
  })

  it('says the same of a file that is streamed', async () => {
    const data = labelled(3000, 64, 2)
    await streamed(data, async (blocks) => {
      const fromFile = await diagnose(blocks, { engine })
      expect(fromFile.streamed).toBe(true)
      expect(timeless(fromFile)).toEqual(timeless(await diagnosisOf(data)))
    })
  })

  it('takes what a linear map does to the covariance from there, as if the samples had been mapped', async () => {
    const data = labelled(500, 8, 1)
    const generic: Preconditioner = {
      kind: 'zca',
      options: {},
      fit: async (...args) => ({ ...(await zca().fit(...args)), covarianceAfter: undefined }),
    }
    const [quick] = (await diagnosisOf(data, { preconditioners: [zca()] })).preconditioners
    const [mapped] = (await diagnosisOf(data, { preconditioners: [generic] })).preconditioners
    expect(mapped.spectrum).toHaveLength(8)
    mapped.spectrum.forEach((value, j) => expect(value).toBeCloseTo(quick.spectrum[j], 5))
  })

  it('measures a map that is not linear on the samples it makes', async () => {
    const data = labelled(700, 4, 1)
    const calls: string[] = []
    const { preconditioners, path } = await diagnosisOf(data, { preconditioners: [curved(calls)] })
    const bent = ndarray(
      data.samples.data.map((value) => Math.sign(value) * value ** 2),
      data.samples.shape,
    )
    expect(preconditioners[0]).toMatchObject({
      kind: 'curved',
      description: { bends: true },
      fittedTo: 700,
    })
    expect(preconditioners[0].roundTripError).toBeLessThan(1e-6)
    expect(path[20].preconditioned.curved.kappa / measuredCondition(bent).kappa).toBeCloseTo(1, 9)
    expect(calls).toEqual(['disposed'])
  })

  it('goes on without a preconditioner that refuses this data', async () => {
    const picky: Preconditioner = {
      kind: 'picky',
      options: {},
      fit: () => Promise.reject(failureError('picky: not this data')),
    }
    const { skipped, preconditioners } = await diagnosisOf(labelled(50, 2, 1), {
      preconditioners: [picky, zca()],
    })
    expect(skipped).toEqual([{ kind: 'picky', reason: 'picky: not this data' }])
    expect(preconditioners.map(({ kind }) => kind)).toEqual(['zca'])
  })

  it('leaves out maps and classes that would be too many, and says so', async () => {
    const greedy: Preconditioner = {
      ...zca(),
      kind: 'greedy',
      mapSize: (d, classes) => d ** 2 * classes * 1e9,
    }
    const { skipped } = await diagnosisOf(labelled(50, 2, 2), { preconditioners: [greedy] })
    expect(skipped).toEqual([
      {
        kind: 'greedy',
        reason: expect.stringMatching(/^its maps of 2 classes would take 59\.6 GiB/) as string,
      },
    ])
    const wide: SampleBlocks = { ...blocksOf(labelled(50, 2, 2)), shape: [50, 6000] }
    await expect(diagnoseClasses(wide, stopwatch({}), {})).resolves.toEqual({
      skipped: [
        { kind: 'each class by itself', reason: expect.stringMatching(/^2 classes in 6000 dim/) as string },
      ],
    })
  })

  it('measures a map that sorts samples into components by the labels it gives them', async () => {
    const { name, samples } = await dataset('mixture', { samples: 1200, components: 3, conditionNumber: 400 })
    const { preconditioners, maxKappa } = await diagnosisOf(
      { name, samples },
      { preconditioners: [mixture({ components: 3 })] },
    )
    // Every component white about 0: so is the whole, which by itself is not.
    expect(preconditioners).toMatchObject([{ kind: 'mixture-zca' }])
    expect(preconditioners[0].maxKappa).toBeLessThan(1.01)
    expect(maxKappa).toBeGreaterThan(1.1)
    expect(preconditioners[0].roundTripError).toBeLessThan(1e-5)
  })

  it('tells what varies from what does not', async () => {
    const glyphs = await dataset('glyphs', { samples: 2000, resolution: 8 })
    const data = { name: 'corners', samples: doubled(glyphs.samples, 5) }
    const { support, dimension, spectrum, wide } = await diagnosisOf(data, { preconditioners: [] })
    const varying = Array.from({ length: dimension }, (_, j) =>
      data.samples.data.some((value, i) => i % dimension === j && value !== data.samples.data[j]),
    ).filter(Boolean).length
    expect(support.dimension).toBeLessThanOrEqual(varying)
    expect(wide.dimension).toBeLessThanOrEqual(support.dimension)
    expect(support.kappa).toBe(spectrum[0] / spectrum[support.dimension - 1])
  })

  it('counts samples as it goes, and stops when told', async () => {
    const data = labelled(200, 3, 1)
    const stop = new AbortController()
    const seen: string[] = []
    const running = diagnosisOf(data, {
      signal: stop.signal,
      onProgress({ stage, done, total }) {
        seen.push(done === undefined ? stage : `${stage} ${done}/${total}`)
        if (stage === 'eigendecomposition') stop.abort(new Error('enough'))
      },
    })
    await expect(running).rejects.toThrow('enough')
    expect(seen).toEqual(['covariance', 'covariance 200/200', 'eigendecomposition'])
  })

  it('refuses data that does not vary, and classes without samples', async () => {
    const flat = { name: 'flat', samples: ndarray(new Float32Array(20).fill(2), [10, 2]) }
    await expect(diagnosisOf(flat)).rejects.toThrow('flat: all features are constant')
    const gap = { ...labelled(20, 2, 2), labels: new Int32Array(20).fill(1) }
    await expect(diagnosisOf(gap, { preconditioners: [] })).rejects.toThrow(
      'labelled: class 0 has no samples, expected at least 1 of each of 0..1',
    )
  })
})
