// metrics.jsonl: one line a report of training, appended as it goes.
import { appendFile } from 'node:fs/promises'
import { z } from 'zod'
import { readJsonLines } from '../data/json-lines.ts'
import { reasonOf, writeFileAtomic } from '../data/write.ts'
import { failureError } from '../errors.ts'
import type { Progress } from './loop.ts'

const metricSchema = z.object({
  step: z.number(),
  loss: z.number(),
  learningRate: z.number(),
  stepsPerSecond: z.number(),
})
export type Metric = z.infer<typeof metricSchema>

export const appendMetric = (
  path: string,
  { step, loss, learningRate, stepsPerSecond }: Progress,
): Promise<void> =>
  appendFile(path, JSON.stringify({ step, loss, learningRate, stepsPerSecond }) + '\n').catch(
    (error: unknown) => {
      throw failureError(`cannot write ${path}: ${reasonOf(error)}`, error)
    },
  )

/** What was logged, none where there is no file. */
export const readMetrics = (path: string): Promise<Metric[]> => readJsonLines(path, metricSchema)

/** Drops what was logged after `step`, which a resumed run will log again. */
export async function truncateMetrics(path: string, step: number): Promise<void> {
  const kept = (await readMetrics(path)).filter((metric) => metric.step <= step)
  await writeFileAtomic(path, kept.map((metric) => JSON.stringify(metric) + '\n').join(''))
}

/** Wall time that the logged steps took, seconds: without what happened between two lives of a run. */
export const trainingSeconds = (metrics: readonly Metric[]): number =>
  metrics.reduce((sum, { step, stepsPerSecond }, at) => {
    const before = at > 0 ? metrics[at - 1].step : 0
    return sum + (step - before) / stepsPerSecond
  }, 0)
