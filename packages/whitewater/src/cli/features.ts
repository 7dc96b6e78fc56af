// Options that say in which features images are compared, and the extractor that they come to.
import type { CompileOptions } from '@whitewater/tensor'
import type { Command } from 'commander'
import { datasetNames, datasetOptionsOf } from '../data/registry.ts'
import type { Source } from '../data/source.ts'
import type { FeatureExtractor } from '../metrics/features/extractor.ts'
import { checkFeatureImages, extractorNames, featureExtractor } from '../metrics/features/registry.ts'
import { oneOf } from './options.ts'
import { progressBar } from './progress.ts'

export interface FeatureFlags {
  readonly features?: string
  readonly weights?: string
  readonly dataDir?: string
}

/** `--features`, `--weights` and `--data-dir`. */
export const withFeatures = (command: Command): Command =>
  command
    .option(
      '--features <name>',
      `compare images in features: ${extractorNames.join(', ')}`,
      oneOf('feature extractor', extractorNames),
    )
    .option('--weights <file>', 'of a feature extractor whose weights are published')
    .option('--data-dir <folder>', 'folder that holds MNIST, for data and features that need it')

/** Where the images are that an extractor is trained on, as far as it is: what is known of them, in the options its data takes. */
async function trainingSource(
  name: string,
  { dataDir, resolution }: Pick<Source, 'dataDir' | 'resolution'>,
): Promise<Source | undefined> {
  if (!datasetNames.includes(name)) return undefined
  const taken = await datasetOptionsOf(name)
  return {
    source: name,
    ...(taken.includes('dataDir') && dataDir !== undefined && { dataDir }),
    ...(taken.includes('resolution') && resolution !== undefined && { resolution }),
  }
}

/** Images that are compared: the shape of one, and where they are. */
export interface Images extends Pick<Source, 'dataDir' | 'resolution'> {
  readonly shape: readonly number[]
}

/** Runs `work` with the extractor of that name for such images and disposes it. */
export async function withExtractor<T>(
  name: string,
  { weights, dataDir }: FeatureFlags,
  images: Images,
  engine: CompileOptions,
  work: (extractor: FeatureExtractor) => Promise<T>,
): Promise<T> {
  const source = await trainingSource(name, { ...images, dataDir: dataDir ?? images.dataDir })
  checkFeatureImages(name, images.shape, { source })
  const progress = progressBar('parts')
  const extractor = await featureExtractor(name, {
    ...engine,
    source,
    weights,
    onProgress: (done, total) => progress.update(done, total, `getting features '${name}' ready`),
  }).finally(() => progress.end())
  return work(extractor).finally(() => extractor.dispose())
}
