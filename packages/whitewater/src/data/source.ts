// The `data` entry of a configuration: which dataset a run was trained on, so that it can be had again.
import { z } from 'zod'
import type { Dataset, DatasetOptions } from './dataset.ts'
import { dataset, datasetNames } from './registry.ts'

const whole = z.int().min(0)

export const sourceSchema = z.strictObject({
  source: z.string().describe(`a file, a folder, or one of ${datasetNames.join(', ')}`),
  samples: whole.optional().describe('generated data: how many; files: a random subset of this size'),
  seed: whole.optional().describe('of generated data and subsets'),
  split: z.enum(['train', 'test']).optional(),
  dataDir: z.string().optional().describe('folder that already holds a downloadable dataset'),
  labels: z.string().optional().describe('file of class labels, one a sample'),
  array: z.string().optional().describe('which array of an .npz or .safetensors'),
  labelColumn: z.union([z.string(), whole]).optional().describe('which column of a .csv holds labels'),
  resolution: whole.optional().describe('side of square images'),
  channels: z
    .union([z.literal(1), z.literal(3)])
    .optional()
    .describe('of images in a folder'),
  dimension: whole.optional().describe('number of features of generated data'),
  conditionNumber: z.number().optional().describe('of the covariance of generated data'),
  components: whole.optional().describe('of a mixture'),
  noise: z.number().optional().describe('standard deviation of added noise'),
})

/** Name or path of the data, and its options. */
export type Source = z.infer<typeof sourceSchema>

/** The dataset that the entry describes. */
export function loadSource({ source, ...options }: Source): Promise<Dataset> {
  return dataset(source, options satisfies DatasetOptions)
}
