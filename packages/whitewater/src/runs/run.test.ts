import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { eigenvaluesSymmetric } from '../linalg/eigen.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { residualMlp } from '../nn/networks/residual-mlp.ts'
import { preconditioner } from '../precondition/registry.ts'
import { gaussianResidual } from '../precondition/residual/gaussian.ts'
import { newestCheckpoint } from '../training/checkpoint-files.ts'
import { noiseFor } from '../generator/draws.ts'
import type { Generator } from '../generator/generator.ts'
import { readMetrics } from '../training/metrics-log.ts'
import { runPaths } from './files.ts'
import { readConfig } from './generator-folder.ts'
import { loadGenerator } from './load-generator.ts'
import { train, trainRun, type TrainOptions } from './run.ts'

const cpu = { device: 'cpu', threads: 1 } as const

const small = async (extra: Partial<TrainOptions> = {}): Promise<TrainOptions> => ({
  engine: cpu,
  data: await dataset('mixture', { samples: 500, components: 3 }),
  field: mlp({ width: 16, depth: 2 }),
  steps: 40,
  batch: 32,
  ...extra,
})

/** Steps in multiples of 8 run as one program. */
const soon = { steps: 504, learningRate: 4e-3 } as const

const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
  await use(folder).finally(() => rm(folder, { recursive: true }))
}

describe('train', () => {
  it('recovers the smallest eigenvalue of a badly conditioned Gaussian with ZCA, and not without', async () => {
    const data = await dataset('gaussian', { samples: 4000, dimension: 3, conditionNumber: 1e4 })
    const ratio = async (kind: string): Promise<number> => {
      const options = { engine: cpu, data, steps: 600, field: mlp({ width: 64, depth: 2 }) }
      const generator = await train({ ...options, preconditioner: preconditioner(kind) })
      const samples = await generator.sample(4000)
      await generator.dispose()
      const smallest = (x: typeof samples) => eigenvaluesSymmetric(covariance(flatten(x)).covariance)[2]
      return smallest(samples) / smallest(data.samples)
    }
    expect(Math.abs((await ratio('zca')) - 1)).toBeLessThan(0.15)
    expect(await ratio('none')).toBeGreaterThan(2)
  })

  it.each<Partial<TrainOptions>>([
    { prediction: 'noise', path: { kind: 'cosine' } },
    { prediction: 'data', path: { kind: 'polynomial', power: 1.5 } },
    { prediction: 'score', path: { kind: 'vp', betaMax: 10 }, weight: { kind: 'min-snr' } },
    // A velocity is learned sooner than what is divided by t or 1 - t.
    { ...soon, coupling: { kind: 'optimal-transport' }, batch: 64 },
    { ...soon, time: { kind: 'logit-normal' }, weight: { kind: 'edm' } },
    { ...soon, residual: gaussianResidual() },
  ])('learns a Gaussian however the network is asked: %j', async (choices) => {
    const data = await dataset('gaussian', { samples: 4000, dimension: 2, conditionNumber: 9 })
    // Embeds its time: with the bare t of an mlp, noise and data predictions err near the ends, where they are divided by t.
    const field = residualMlp({ width: 48, depth: 1 })
    const generator = await train({ engine: cpu, data, steps: 1504, field, ...choices })
    const samples = await generator.sample(4000)
    await generator.dispose()
    const [exact, found] = [data.samples, samples].map((x) =>
      eigenvaluesSymmetric(covariance(flatten(x)).covariance),
    )
    exact.forEach((value, j) => expect(Math.abs(found[j] / value - 1)).toBeLessThan(0.15))
  })

  it('samples by an SDE too: the same law, and the same samples for a seed in whatever batches', async () => {
    const data = await dataset('gaussian', { samples: 4000, dimension: 2, conditionNumber: 9 })
    const field = mlp({ width: 32, depth: 2 })
    const generator = await train({ engine: cpu, data, steps: 5, field, residual: gaussianResidual() })
    const how = { method: 'stochastic-heun', steps: 60, diffusion: { kind: 'sigma', strength: 0.5 } }
    const samples = await generator.sample(4000, how)
    const few = await generator.sample(300, { ...how, batch: 70 })
    const other = await generator.sample(300, { ...how, seed: 1 })
    await expect(generator.sample(2, { diffusion: { kind: 'sigma' } })).rejects.toThrow(
      /heun adds no noise: leave out the diffusion, or choose euler-maruyama/,
    )
    await expect(generator.sample(2, { method: 'stochastic-hen' })).rejects.toThrow(
      /unknown solver 'stochastic-hen': did you mean 'stochastic-heun'/,
    )
    await expect(generator.encode(data.samples, how)).rejects.toThrow(/adds noise on the way to the data/)
    await generator.dispose()
    few.data.forEach((value, i) => expect(value).toBeCloseTo(samples.data[i], 4))
    expect(other.data).not.toEqual(few.data)
    const [exact, found] = [data.samples, samples].map((x) =>
      eigenvaluesSymmetric(covariance(flatten(x)).covariance),
    )
    exact.forEach((value, j) => expect(Math.abs(found[j] / value - 1)).toBeLessThan(0.1))
  })

  it('gives the same generator for the same seed, and another for another', async () => {
    const draw = async (seed: number) => {
      const generator = await train(await small({ seed }))
      const samples = await generator.sample(20)
      await generator.dispose()
      return samples.data
    }
    expect(await draw(1)).toEqual(await draw(1))
    expect(await draw(1)).not.toEqual(await draw(2))
  })

  it('shows the generator at chosen steps, and trains to the same bits whether looked at or not', async () => {
    const seen: { step: number; samples: Float32Array }[] = []
    const take = async (generator: Generator, step: number): Promise<void> => {
      seen.push({ step, samples: (await generator.sample(20)).data })
    }
    const watched = await train(await small({ hooks: { snapshots: { at: [0, 5, 40], take } } }))
    const plain = await train(await small())
    const short = await train(await small({ hooks: { snapshots: { at: [5], take } } }))
    expect(seen.map(({ step }) => step)).toEqual([0, 5, 40, 5])
    expect(watched.parts.weights).toEqual(plain.parts.weights)
    expect(seen[2].samples).toEqual((await plain.sample(20)).data)
    expect(seen[1].samples).toEqual(seen[3].samples)
    expect(seen[0].samples).not.toEqual(seen[1].samples)
    for (const generator of [watched, plain, short]) await generator.dispose()
  })

  it('finds its way back: encode leads from samples to the noise that they came from', async () => {
    const data = await dataset('gaussian', { samples: 1000, dimension: 2, conditionNumber: 25 })
    const generator = await train({
      engine: cpu,
      data,
      steps: 200,
      batch: 64,
      field: mlp({ width: 16, depth: 2 }),
    })
    const samples = await generator.sample(50, { method: 'rk4', seed: 4 })
    const noise = await generator.encode(samples, { method: 'rk4', batch: 20 })
    const origin = noiseFor(4, 0, 50, 2)
    noise.data.forEach((value, i) => expect(Math.abs(value - origin[i])).toBeLessThan(1e-4))
    await expect(generator.encode(samples, { labels: new Int32Array(50) })).rejects.toThrow('without labels')
    await generator.dispose()
  })

  it('stops on a signal and resumes to the bits of an uninterrupted run', async () => {
    await inFolder(async (folder) => {
      const whole = join(folder, 'whole')
      const parts = join(folder, 'parts')
      const base = await small({ steps: 120, checkpointEvery: 50 })
      const expected = await trainRun({ ...base, folder: whole })
      const controller = new AbortController()
      const first = await trainRun({
        ...base,
        folder: parts,
        hooks: {
          signal: controller.signal,
          onProgress({ step }) {
            if (step >= 60) controller.abort()
          },
        },
      })
      expect(first.stopped).toBe(true)
      const second = await trainRun({ ...base, folder: parts, resume: true })
      expect([second.stopped, second.step]).toEqual([false, 120])
      expect(second.generator.parts.weights).toEqual(expected.generator.parts.weights)
      const logged = async (run: string) => (await readMetrics(runPaths(run).metrics)).map(({ step }) => step)
      expect(await logged(parts)).toEqual([...new Set(await logged(parts))])
      for (const { generator } of [expected, first, second]) await generator.dispose()
    })
  })

  it('saves a run that samples the same after loading', async () => {
    await inFolder(async (folder) => {
      const run = join(folder, 'run')
      const generator = await train(await small({ folder: run }))
      const loaded = await loadGenerator(run, cpu)
      expect((await loaded.sample(10, { seed: 3 })).data).toEqual(
        (await generator.sample(10, { seed: 3 })).data,
      )
      expect(await newestCheckpoint(join(run, 'checkpoints'))).toMatch(/step-000000040\.safetensors$/)
      await generator.dispose()
      await loaded.dispose()
    })
  })

  it('will not write over another run', async () => {
    await inFolder(async (folder) => {
      const run = join(folder, 'run')
      await (await train(await small({ folder: run }))).dispose()
      await expect(train(await small({ folder: run }))).rejects.toThrow(/already holds a run.*--resume/)
    })
  })

  it('goes on only as what the run was begun as, and leaves it as it is otherwise', async () => {
    await inFolder(async (folder) => {
      const run = join(folder, 'run')
      const base = await small({ folder: run })
      await (await train(base)).dispose()
      const model = await readFile(join(run, 'model.json'), 'utf8')
      const again = { ...base, resume: true, steps: 80 }
      await expect(train({ ...again, seed: 7 })).rejects.toThrow(
        `${run} was begun with seed 0, got 7: resume it with the same, or start a new run`,
      )
      await expect(train({ ...again, field: mlp({ width: 8, depth: 2 }) })).rejects.toThrow(
        /begun with field/,
      )
      await expect(train({ ...again, folder: join(folder, 'nowhere') })).rejects.toThrow(/is no run/)
      await expect(train({ ...again, folder: undefined })).rejects.toThrow(/give folder, too/)
      expect(await readFile(join(run, 'model.json'), 'utf8')).toBe(model)
      const { generator, step } = await trainRun(again)
      await generator.dispose()
      expect([step, (await readConfig(run)).steps]).toEqual([80, 80])
    })
  })

  it('says where an option of a group belongs', async () => {
    const options = { ...(await small()), device: 'cpu' }
    await expect(train(options)).rejects.toThrow(
      'train takes device inside engine: write engine: { device: ... }',
    )
  })

  it('names a setting that does not fit', async () => {
    await expect(train(await small({ batch: 0 }))).rejects.toThrow(/train: batch: .*init/)
    const data = await dataset('mixture', { samples: 500, components: 3 })
    await expect(train(await small({ data: { ...data, classes: 2 } }))).rejects.toThrow(
      /label 2 is outside 0\.\.1/,
    )
  })
})

describe('sampling', () => {
  it('draws the same first samples however many are drawn and in whatever batches', async () => {
    const generator = await train(await small())
    const labels = new Int32Array(700).fill(1)
    const many = await generator.sample(700, { labels, batch: 700, steps: 4 })
    const few = await generator.sample(300, { labels: labels.subarray(0, 300), batch: 128, steps: 4 })
    few.data.forEach((value, i) => expect(Math.abs(value - many.data[i])).toBeLessThan(1e-5))
    await generator.dispose()
  })

  it('follows labels, draws them like the training data, and counts evaluations', async () => {
    const data = await dataset('mixture', { samples: 2000, components: 3 })
    const generator = await train(
      await small({ ...soon, data, batch: 128, field: mlp({ width: 48, depth: 2 }) }),
    )
    const mean = (samples: Float32Array, keep: (i: number) => boolean) => {
      const rows = Array.from({ length: samples.length / 2 }, (_, i) => i).filter(keep)
      return [0, 1].map((j) => rows.reduce((sum, i) => sum + samples[2 * i + j], 0) / rows.length)
    }
    for (const label of [0, 1, 2]) {
      const { samples, evaluations } = await generator.generate(400, {
        labels: new Int32Array(400).fill(label),
        steps: 20,
      })
      const found = mean(samples.data, () => true)
      const expected = mean(data.samples.data, (i) => data.labels?.[i] === label)
      expect(Math.hypot(found[0] - expected[0], found[1] - expected[1])).toBeLessThan(0.8)
      expect(evaluations).toBe(40)
    }
    const { labels = new Int32Array(0) } = await generator.generate(600, { steps: 1 })
    for (const label of [0, 1, 2]) expect(labels.filter((y) => y === label).length).toBeGreaterThan(120)
    await generator.dispose()
  })

  it('refuses what it cannot honour', async () => {
    const generator = await train(await small())
    await expect(generator.sample(0)).rejects.toThrow(/cannot draw 0 samples/)
    await expect(generator.sample(4, { method: 'hein' })).rejects.toThrow(/did you mean 'heun'/)
    await expect(generator.sample(4, { method: 'heun', tolerance: 1e-3 })).rejects.toThrow(/heun takes steps/)
    await expect(generator.sample(4, { labels: Int32Array.of(0, 1, 2, 3) })).rejects.toThrow(
      /label 3 at index 3/,
    )
    await generator.dispose()
  })

  it('works without labels, and says that guidance then makes no sense', async () => {
    const data = {
      name: 'plain',
      samples: ndarray(
        new Float32Array(100).map((_, i) => Math.sin(i)),
        [50, 2],
      ),
    }
    const generator = await train(await small({ data }))
    expect((await generator.sample(5)).shape).toEqual([5, 2])
    await expect(generator.sample(4, { guidance: 1 })).rejects.toThrow(/trained without labels/)
    await generator.dispose()
  })
})
