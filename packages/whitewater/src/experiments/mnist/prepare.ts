// Before the runs of Table 1: the classifier whose features measure them, the autoencoder (section I.1), the latents, and what no
// generator of them can be expected to pass.
import { cp, readFile, rm, rmdir } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Autoencoder } from '../../autoencoder/autoencoder.ts'
import { writeLatents } from '../../autoencoder/latents.ts'
import { loadAutoencoder } from '../../runs/load-autoencoder.ts'
import { readAutoencoderConfig, readFacts } from '../../runs/autoencoder-folder.ts'
import { trainAutoencoder } from '../../runs/autoencoder-run.ts'
import { holdsAutoencoder, runPaths } from '../../runs/files.ts'
import { blocksOf } from '../../data/sample-blocks.ts'
import type { Dataset } from '../../data/dataset.ts'
import { absoluteSource } from '../../data/absolute-source.ts'
import { loadSource } from '../../data/source.ts'
import { firstSamples, randomSubset, select } from '../../data/subset.ts'
import { makeFolder, writeFileAtomic } from '../../data/write.ts'
import { usageError } from '../../errors.ts'
import { featureReference } from '../../metrics/feature-comparison.ts'
import type { FeatureExtractor } from '../../metrics/features/extractor.ts'
import { recipeNames } from '../../metrics/features/recipe.ts'
import { perceptual } from '../../metrics/features/registry.ts'
import { featureTerms } from '../../metrics/features/same.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { readMetrics, trainingSeconds } from '../../training/metrics-log.ts'
import type { Measuring } from '../runner/experiment.ts'
import type { Plan } from './settings.ts'
import { stepsOf } from './cost.ts'
import { preparedSchema, type Prepared } from './result.ts'
import { preparedFiles, unpackAutoencoder } from './prepared-folder.ts'
import { comparisonOf, conditioningOf, extractorOf, heldOut, picturesOf, placesOf } from './shared.ts'

const BATCH = 128

/** Held-out images of each class that are shown beside their reconstructions: a class a line, as samples are. */
const SHOWN = 8

/** The first of each class, in the order of the classes; without labels, the first of all. */
function shownOf(images: Dataset): Samples {
  const { samples, labels, classes } = images
  if (!labels || classes === undefined) return firstSamples(samples, 10 * SHOWN)
  const indices = Array.from({ length: classes }, (_, y) => {
    const own = Array.from(labels.keys()).filter((at) => labels[at] === y)
    return own.slice(0, SHOWN)
  })
  return select(images, indices.flat()).samples
}

type Places = Awaited<ReturnType<typeof placesOf>>

/** What was written when everything was there; undefined before, and where weights are others since. */
async function keptFacts(
  { facts, autoencoder }: Places,
  extractor: FeatureExtractor,
): Promise<Prepared | undefined> {
  try {
    const kept = preparedSchema.parse(JSON.parse(await readFile(facts, 'utf8')))
    const now = { extractor: featureTerms(extractor), autoencoder: (await readFacts(autoencoder)).hash }
    return isDeepStrictEqual(now, kept.terms) ? kept : undefined
  } catch {
    return undefined
  }
}

/** The autoencoder that was made elsewhere, in the plan's own folder. */
async function broughtAutoencoder(
  prepared: string,
  { source: { source } }: Plan,
  folder: string,
  { engine }: Measuring,
): Promise<Autoencoder> {
  const { autoencoder } = await preparedFiles(prepared, source)
  const { path, packed } = autoencoder
  // A copy of before is good only if it still loads.
  const before = await loadAutoencoder(folder, engine).catch(() => undefined)
  if (before) return before
  await rm(folder, { recursive: true, force: true })
  if (packed) await unpackAutoencoder(path, folder)
  else await cp(path, folder, { recursive: true })
  return loadAutoencoder(folder, engine)
}

async function trainedAutoencoder(
  plan: Plan,
  folder: string,
  data: Dataset,
  { engine, onProgress, signal }: Measuring,
): Promise<Autoencoder> {
  const { source } = plan
  const finished = await loadAutoencoder(folder, engine).catch(() => undefined)
  if (finished) return finished
  const { autoencoder } = await trainAutoencoder({
    data,
    folder,
    source: await absoluteSource(source),
    heldOut: await heldOut(plan),
    perceptual: await perceptual(source.source, { engine, source, signal }),
    batch: BATCH,
    steps: stepsOf(plan.autoencoder.epochs, data.samples.shape[0], BATCH),
    resume: await holdsAutoencoder(folder),
    engine,
    hooks: {
      signal,
      onProgress: ({ step, steps }) => onProgress(step, steps, 'steps of the autoencoder'),
    },
  })
  if (!autoencoder) throw signal?.reason
  return autoencoder
}

/** Features of real and of reconstructed images against those of held-out ones. */
async function floorOf(
  { train, test }: { readonly train: Dataset; readonly test: Dataset },
  extractor: FeatureExtractor,
  autoencoder: Autoencoder,
  { engine }: Measuring,
) {
  const reference = await featureReference(await extractor.features(test.samples), { engine })
  const compared = async (images: Samples) =>
    comparisonOf(await reference.compare(await extractor.features(images), { pairs: true }))
  const through = async (images: Samples) => autoencoder.decode(await autoencoder.encode(images))
  const { samples } = randomSubset(train, Math.min(train.samples.shape[0], test.samples.shape[0]), 0)
  const floor = { real: await compared(samples), reconstructed: await compared(await through(samples)) }
  await reference.dispose()
  return { floor, bandwidth: reference.bandwidth }
}

/** Everything, made. */
async function made(
  plan: Plan,
  places: Places,
  extractor: FeatureExtractor,
  measuring: Measuring,
): Promise<Prepared> {
  await makeFolder(places.folder)
  const train = await loadSource(plan.source)
  const test = await heldOut(plan)
  const autoencoder = await (plan.prepared === undefined
    ? trainedAutoencoder(plan, places.autoencoder, train, measuring)
    : broughtAutoencoder(plan.prepared, plan, places.autoencoder, measuring))
  const seconds = trainingSeconds(await readMetrics(runPaths(places.autoencoder).metrics))
  await writeLatents(places.latents, autoencoder, blocksOf(train), {
    signal: measuring.signal,
    source: train.name,
  })
  const latents = await loadSource({ source: places.latents, array: 'latents' })
  const floor = await floorOf({ train, test }, extractor, autoencoder, measuring)
  const { reconstruction, step, trainedOn } = await readFacts(places.autoencoder)
  const { batch } = await readAutoencoderConfig(runPaths(places.autoencoder).config)
  const { name, dimension } = extractor
  const { parameters, latent } = autoencoder
  const shown = shownOf(test)
  const back = await autoencoder.decode(await autoencoder.encode(shown))
  await autoencoder.dispose()
  return {
    terms: { extractor: featureTerms(extractor), autoencoder: autoencoder.hash },
    extractor: { name, dimension },
    ...floor,
    autoencoder: {
      parameters,
      seconds,
      epochs: Math.round((step * batch) / trainedOn),
      latent: [...latent],
      meanSquaredError: reconstruction.mse,
      peakSignalToNoise: reconstruction.psnr,
    },
    images: { train: train.samples.shape[0], test: test.samples.shape[0] },
    ...(await conditioningOf(latents.samples)),
    originals: picturesOf(shown),
    reconstructions: picturesOf(back),
  }
}

/**
 * Makes what is missing; comes back at once where everything is there.
 * @throws WhitewaterError (usage) for data whose images there is no classifier for
 */
export async function prepare(plan: Plan, measuring: Measuring): Promise<Prepared> {
  const { engine, signal, onProgress } = measuring
  const { source } = plan
  if (!recipeNames.includes(source.source))
    throw usageError(
      `got --data ${source.source}, expected ${recipeNames.join(' or ')}: data with features to measure images by`,
    )
  const extractor = await extractorOf(plan, {
    engine,
    signal,
    onProgress: (done, total) => onProgress(done, total, 'steps of the classifier'),
  })
  try {
    const places = await placesOf(plan)
    const kept = await keptFacts(places, extractor)
    if (kept) return kept
    const prepared = await made(plan, places, extractor, measuring).catch(async (error: unknown) => {
      // Only where nothing has come into it.
      await rmdir(places.folder).catch(() => undefined)
      throw error
    })
    await writeFileAtomic(places.facts, JSON.stringify(prepared) + '\n')
    return prepared
  } finally {
    await extractor.dispose()
  }
}
