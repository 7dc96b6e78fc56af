// Options that say in which features images are compared, and the extractor that they come to.
import { datasetNames, datasetOptionsOf } from '../data/registry.ts'
import type { Source } from '../data/source.ts'
import type { FeatureExtractor } from '../metrics/features/extractor.ts'
import { checkFeatureImages, extractorNames, featureExtractor } from '../metrics/features/registry.ts'
import { option, type FlagsOf } from './declare.ts'
import type { EngineFlags } from './options.ts'
import { oneOf, text } from './readers.ts'
import type { Shell } from './shell.ts'

export const featureOptions = {
  features: option(
    '<name>',
    `compare images in features: ${extractorNames.join(', ')}`,
    oneOf('feature extractor', extractorNames),
  ),
  weights: option('<file>', 'of a feature extractor whose weights are published', text),
  dataDir: option('<folder>', 'folder that holds MNIST, for data and features that need it', text),
}

type FeatureFlags = FlagsOf<typeof featureOptions> & EngineFlags

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

/** The extractor of that name for such images; the shell disposes it. */
export async function extractorFor(
  name: string,
  flags: FeatureFlags,
  images: Images,
  shell: Shell,
): Promise<FeatureExtractor> {
  const { weights, dataDir = images.dataDir } = flags
  const source = await trainingSource(name, { ...images, dataDir })
  checkFeatureImages(name, images.shape, { source })
  const progress = shell.progress('parts')
  const extractor = await featureExtractor(name, {
    engine: await shell.engine(flags),
    source,
    weights,
    onProgress: (done, total) => progress.update(done, total, `getting features '${name}' ready`),
  })
  progress.end()
  return shell.own(extractor)
}
