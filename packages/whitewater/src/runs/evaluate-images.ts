// A run's images against real ones in the features of a network; a run on latents is decoded first.
import { readFile } from 'node:fs/promises'
import { sizeOf } from '@whitewater/tensor'
import { z } from 'zod'
import type { Autoencoder } from '../autoencoder/autoencoder.ts'
import type { Source } from '../data/source.ts'
import { usageError } from '../errors.ts'
import type { Generator } from '../generator/generator.ts'
import { loadGenerator } from './load-generator.ts'
import { runPaths, writeEvaluation } from './files.ts'
import { readConfig } from './generator-folder.ts'
import { imageReference, type ImageEvaluation } from '../metrics/evaluate-images.ts'
import {
  atMost,
  checkRunShape,
  drawSamples,
  MOST_SAMPLES,
  referenceOf,
  type EvaluateRunOptions,
  type Reference,
  type RunTerms,
} from './evaluate.ts'
import type { FeatureExtractor } from '../metrics/features/extractor.ts'
import { checkSameExtractor } from '../metrics/features/same.ts'

export interface EvaluateRunImagesOptions extends EvaluateRunOptions {
  /** Turns the latents that the run generates into images. */
  readonly decoder?: Autoencoder
  /** Where the images are that it was trained on: their held-out ones are the reference unless `real` is given. */
  readonly images?: Source
}

export interface RunImageEvaluation extends ImageEvaluation, RunTerms {
  /** Seed of the samples' draws. */
  readonly seed: number
  /** Hash of the autoencoder that decoded the samples, where one did. */
  readonly decoder?: string
}

const earlierSchema = z.object({ features: z.object({ name: z.string(), hash: z.string() }) })

/** The JSON of a text; undefined where it is none. */
function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/** @throws WhitewaterError (usage) where the run was measured in features of the same name and other weights */
async function checkEarlier(folder: string, extractor: FeatureExtractor): Promise<void> {
  const path = runPaths(folder).evaluation
  // What cannot be read is about to be replaced.
  const text = await readFile(path, 'utf8').catch(() => '')
  const earlier = earlierSchema.safeParse(jsonOf(text)).data?.features
  if (earlier?.name === extractor.name) checkSameExtractor(earlier, extractor, path)
}

async function realImages(
  folder: string,
  generator: Generator,
  { decoder, images, real, samples, seed = 0 }: EvaluateRunImagesOptions,
): Promise<Reference> {
  const count = samples ?? MOST_SAMPLES
  if (decoder && sizeOf(decoder.latent) !== sizeOf(generator.parts.features)) {
    throw usageError(
      `${folder} generates samples of shape [${generator.parts.features.join(', ')}], the decoder takes latents [${decoder.latent.join(', ')}]: give the autoencoder that made the run's data`,
    )
  }
  if (decoder && !real && !images)
    throw usageError(`decoded samples of ${folder} are compared with images: give real ones`)
  const data = images ?? (await readConfig(folder)).data
  const found: Reference = real
    ? { data: atMost(real, count, seed), reference: 'given data' }
    : await referenceOf({ data }, count, seed)
  if (!decoder) checkRunShape(folder, generator, found.data)
  return found
}

/**
 * Draws samples of a run, compares them with real images in features and writes `evaluation.json` into the run's folder.
 * @throws WhitewaterError as `evaluateRun`; (usage) for samples that are no images the extractor takes, or when the folder holds
 *   numbers of other weights of the same name
 */
export async function evaluateRunImages(
  folder: string,
  extractor: FeatureExtractor,
  options: EvaluateRunImagesOptions = {},
): Promise<RunImageEvaluation> {
  const { engine = {}, k, bandwidth, decoder, seed = 0, onProgress } = options
  await checkEarlier(folder, extractor)
  const generator = await loadGenerator(folder, engine)
  try {
    const { data, reference } = await realImages(folder, generator, options)
    // First of all the real images: data of the wrong kind shows before samples are drawn.
    const against = await imageReference(data.samples, extractor, { engine, k, bandwidth, onProgress })
    try {
      const { samples, terms } = await drawSamples(folder, generator, data.samples.shape[0], options)
      const images = decoder ? await decoder.decode(samples) : samples
      const result: RunImageEvaluation = {
        ...(await against.compare(images)),
        seed,
        ...terms,
        reference,
        ...(decoder && { decoder: decoder.hash }),
      }
      await writeEvaluation(folder, result)
      return result
    } finally {
      await against.dispose()
    }
  } finally {
    await generator.dispose()
  }
}
