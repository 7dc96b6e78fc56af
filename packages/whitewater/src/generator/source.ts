// The `data` entry of a configuration: which dataset a run was trained on, so that it can be had again.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { Dataset, DatasetOptions } from '../data/dataset.ts'
import { dataset, datasetNames } from '../data/registry.ts'
import { checkedConfig, type RunConfig } from './config.ts'

const whole = z.int().min(0)

const sourceSchema = z.strictObject({
  source: z.string(),
  samples: whole.optional(),
  seed: whole.optional(),
  split: z.enum(['train', 'test']).optional(),
  dataDir: z.string().optional(),
  labels: z.string().optional(),
  array: z.string().optional(),
  labelColumn: z.union([z.string(), whole]).optional(),
  resolution: whole.optional(),
  channels: z.union([z.literal(1), z.literal(3)]).optional(),
  dimension: whole.optional(),
  conditionNumber: z.number().optional(),
  components: whole.optional(),
  noise: z.number().optional(),
})

type Data = RunConfig['data']

export interface Source {
  readonly source: string
  readonly options: DatasetOptions
}

/** Name or path, and options. @throws WhitewaterError (usage) for an entry that no dataset knows */
export function sourceOf(data: Data): Source {
  const { source, ...options } = checkedConfig(sourceSchema, data, 'data')
  return { source, options }
}

/** The dataset that the entry describes. */
export function loadSource(data: Data): Promise<Dataset> {
  const { source, options } = sourceOf(data)
  return dataset(source, options)
}

/** The entry with absolute paths, so that the run can be continued from any folder. */
export async function absoluteSource(data: Data): Promise<Data> {
  const { source, options } = sourceOf(data)
  const isFile = !datasetNames.includes(source) && (await stat(source).catch(() => undefined)) !== undefined
  return {
    ...options,
    source: isFile ? resolve(source) : source,
    ...(options.dataDir !== undefined && { dataDir: resolve(options.dataDir) }),
    ...(options.labels !== undefined && { labels: resolve(options.labels) }),
  }
}
