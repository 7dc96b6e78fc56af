// What the training loop promises, on a linear model of two weights. Its runs are of 8 steps, and end earlier where something is due.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linear, mean, square, sub } from '@whitewater/tensor'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkpointsIn, newestStep } from './checkpoint-files.ts'
import { trainLoop, type FillBatch, type Progress, type TrainingOptions } from './loop.ts'
import { adam } from './optimizer.ts'
import type { Objective } from './step.ts'

const objective: Objective = {
  batch: { x: { shape: [4, 2] }, y: { shape: [4, 1] } },
  loss(p, { x, y }) {
    const weight = p.parameter('weight', [1, 2], () => Float32Array.of(0.5, -0.5))
    return mean(square(sub(linear(x, weight), y)))
  },
}

/** y = 2 x_1 - x_2 at points of the step's own. */
const fill: FillBatch = ({ x, y }, _, stream) => {
  const points = stream.normal(8)
  for (let i = 0; i < 8; i++) x[i] = points[i]
  for (let row = 0; row < 4; row++) y[row] = 2 * points[2 * row] - points[2 * row + 1]
}

const options: TrainingOptions = {
  optimizer: adam(),
  steps: 20,
  seed: 7,
  schedule: { kind: 'cosine', learningRate: 0.1, warmup: 4 },
  averageDecay: 0.9,
  engine: { device: 'cpu' },
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whitewater-loop-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A signal that stops training at the first report from `step` on. */
function stopAt(step: number): Pick<TrainingOptions, 'signal' | 'onProgress' | 'reportEvery'> {
  const controller = new AbortController()
  return {
    signal: controller.signal,
    reportEvery: 1,
    onProgress(progress) {
      if (progress.step >= step) controller.abort()
    },
  }
}

/** `fill`, and the steps that it is asked for. */
function noted() {
  const steps: number[] = []
  const noting: FillBatch = (batch, step, stream) => {
    steps.push(step)
    fill(batch, step, stream)
  }
  return { steps, noting }
}

const stepsFrom = (first: number): number[] => Array.from({ length: 20 - first }, (_, k) => first + k)

describe('the training loop', () => {
  it('learns, and gives the weights with their moving average', async () => {
    const trained = await trainLoop(objective, fill, { ...options, steps: 200 })
    expect(trained).toMatchObject({ step: 200, stopped: false })
    expect(trained.parameters.map(({ name }) => name)).toEqual(['weight'])
    for (const weights of [trained.weights, trained.average]) {
      expect(weights[0]).toBeCloseTo(2, 1)
      expect(weights[1]).toBeCloseTo(-1, 1)
    }
    expect(trained.average).not.toEqual(trained.weights)
  })

  it('reports the mean loss since the last report, and the last step', async () => {
    const reports: Progress[] = []
    // With x = 0 the loss is y^2, here the number of the step, whatever the weights are.
    const numbered: FillBatch = ({ y }, step) => {
      for (let row = 0; row < 4; row++) y[row] = Math.sqrt(step)
    }
    await trainLoop(objective, numbered, {
      ...options,
      reportEvery: 8,
      onProgress: (progress) => void reports.push(progress),
    })
    expect(reports.map(({ step, steps }) => ({ step, steps }))).toEqual([
      { step: 8, steps: 20 },
      { step: 16, steps: 20 },
      { step: 20, steps: 20 },
    ])
    const expected = [3.5, 11.5, 17.5]
    reports.forEach(({ loss, stepsPerSecond }, i) => {
      expect(loss).toBeCloseTo(expected[i], 4)
      expect(stepsPerSecond).toBeGreaterThan(0)
    })
  })

  it('writes a checkpoint every so many steps and after the last', async () => {
    const newest = new Map<number, number>()
    await trainLoop(objective, fill, {
      ...options,
      checkpoints: checkpointsIn(folder, 6),
      reportEvery: 1,
      onProgress: async ({ step }) => void newest.set(step, await newestStep(folder)),
    })
    // A report comes before the checkpoint of its own step.
    expect(Object.fromEntries(newest)).toEqual({ 6: 0, 8: 6, 12: 6, 16: 12, 18: 12, 20: 18 })
    expect(await newestStep(folder)).toBe(20)
  })

  it('stops on a signal with a checkpoint, and ends in the same bits when it is resumed', async () => {
    const whole = await trainLoop(objective, fill, {
      ...options,
      checkpoints: checkpointsIn(join(folder, 'whole'), 6),
    })
    const parts = join(folder, 'parts')
    const checkpoints = checkpointsIn(parts, 6, true)
    const first = await trainLoop(objective, fill, { ...options, ...stopAt(7), checkpoints })
    expect(first).toMatchObject({ step: 8, stopped: true })
    expect(await newestStep(parts)).toBe(8)
    const { steps, noting } = noted()
    const second = await trainLoop(objective, noting, { ...options, checkpoints })
    expect(steps).toEqual(stepsFrom(8))
    expect(second).toMatchObject({ step: 20, stopped: false })
    expect(second.weights).toEqual(whole.weights)
    expect(second.average).toEqual(whole.average)
  })

  it('begins anew unless it is told to resume', async () => {
    const checkpoints = checkpointsIn(folder, 6)
    const first = await trainLoop(objective, fill, { ...options, checkpoints })
    const { steps, noting } = noted()
    const again = await trainLoop(objective, noting, { ...options, checkpoints })
    expect(steps).toEqual(stepsFrom(0))
    expect(again.weights).toEqual(first.weights)
  })

  it('takes no step once it is told to stop', async () => {
    const stopped = await trainLoop(objective, fill, {
      ...options,
      checkpoints: checkpointsIn(folder, 6),
      signal: AbortSignal.abort(),
    })
    expect(stopped).toMatchObject({ step: 0, stopped: true })
    expect(stopped.weights).toEqual(Float32Array.of(0.5, -0.5))
    expect(await newestStep(folder)).toBe(0)
  })

  it('shows the average at the steps that were asked for, 0 included', async () => {
    const seen = new Map<number, Float32Array>()
    const { average } = await trainLoop(objective, fill, {
      ...options,
      snapshots: { at: [20, 0, 5], take: (now, step) => void seen.set(step, now) },
    })
    expect([...seen.keys()]).toEqual([0, 5, 20])
    expect(seen.get(0)).toEqual(Float32Array.of(0.5, -0.5))
    expect(seen.get(5)).not.toEqual(seen.get(0))
    expect(seen.get(20)).toEqual(average)
  })

  it('fails on a loss that is not finite, says so and leaves the last checkpoint', async () => {
    const broken: FillBatch = (batch, step, stream) => {
      fill(batch, step, stream)
      if (step === 9) batch.y[0] = NaN
    }
    const training = trainLoop(objective, broken, { ...options, checkpoints: checkpointsIn(folder, 8) })
    await expect(training).rejects.toThrow('the loss became NaN near step 16')
    await expect(training).rejects.toMatchObject({ kind: 'failure' })
    expect(await newestStep(folder)).toBe(8)
  })

  it('refuses a run without a step', async () => {
    await expect(trainLoop(objective, fill, { ...options, steps: 0 })).rejects.toMatchObject({
      kind: 'usage',
    })
  })
})
