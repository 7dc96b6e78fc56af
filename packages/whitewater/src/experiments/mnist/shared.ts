// What all runs of Table 1 share, found again where `prepare` has put it: features, autoencoder, latents.
import { join } from 'node:path'
import { ndarray, type CompileOptions } from '@whitewater/tensor'
import { checkLatents } from '../../autoencoder/latents.ts'
import { loadAutoencoder } from '../../runs/load-autoencoder.ts'
import type { Autoencoder } from '../../autoencoder/autoencoder.ts'
import { cacheFolder } from '../../data/cache.ts'
import { sha256 } from '../../data/checksum.ts'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { absoluteSource } from '../../data/absolute-source.ts'
import { loadSource } from '../../data/source.ts'
import {
  featureReference,
  type FeatureComparison,
  type FeatureReference,
} from '../../metrics/feature-comparison.ts'
import type { ExtractorOptions, FeatureExtractor } from '../../metrics/features/extractor.ts'
import { featureExtractor } from '../../metrics/features/registry.ts'
import { featureTerms } from '../../metrics/features/same.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { rounded } from '../shared/observe.ts'
import { pathConditioning } from '../../metrics/path-kappa.ts'
import type { Plan } from './settings.ts'
import { preparedFiles, preparedHash } from './prepared-folder.ts'
import { comparisonSchema, type Comparison, type Pictures, type Terms } from './result.ts'

/** What decides the classifier and the autoencoder of a plan: how they are trained, or what they were made elsewhere. */
async function termsOf({ autoencoder, prepared, source }: Plan) {
  if (prepared === undefined) return { autoencoder }
  return { prepared: await preparedHash(await preparedFiles(prepared, source.source)) }
}

/** Where a plan's things are kept. */
export async function placesOf(plan: Plan) {
  const { source } = plan
  const terms = { ...(await termsOf(plan)), source: await absoluteSource(source) }
  const key = sha256(JSON.stringify(terms)).slice(0, 16)
  const folder = cacheFolder('experiments', `${source.source.replace(/\W+/g, '-')}-${key}`)
  return {
    folder,
    autoencoder: join(folder, 'autoencoder'),
    latents: join(folder, 'latents.safetensors'),
    facts: join(folder, 'facts.json'),
  }
}

/** The classifier in whose features a plan's images are compared. */
export async function extractorOf(
  { source, prepared }: Plan,
  options: ExtractorOptions,
): Promise<FeatureExtractor> {
  const weights =
    prepared === undefined ? undefined : (await preparedFiles(prepared, source.source)).classifier
  return featureExtractor(source.source, { ...options, source, weights })
}

/** Held-out images of the source. */
export const heldOut = ({ source: { source, ...options } }: Plan): Promise<Dataset> =>
  dataset(source, { ...options, split: 'test' })

export interface Shared {
  /** [n, ...latent], with the classes of the images. */
  readonly latents: Dataset
  readonly autoencoder: Pick<Autoencoder, 'decode'>
  readonly extractor: FeatureExtractor
  /** Features of the held-out images. */
  readonly reference: FeatureReference
  readonly terms: Terms
  dispose(): Promise<void>
}

/** @throws WhitewaterError where something is missing that `prepare` makes */
export async function openShared(plan: Plan, engine: CompileOptions): Promise<Shared> {
  const places = await placesOf(plan)
  const latents = await loadSource({ source: places.latents, array: 'latents' })
  const autoencoder = await loadAutoencoder(places.autoencoder, engine)
  await checkLatents(places.latents, autoencoder)
  const extractor = await extractorOf(plan, { engine })
  const { samples } = await heldOut(plan)
  const reference = await featureReference(await extractor.features(samples), { engine })
  return {
    latents,
    autoencoder,
    extractor,
    reference,
    terms: { extractor: featureTerms(extractor), autoencoder: autoencoder.hash },
    async dispose() {
      for (const one of [reference, extractor, autoencoder]) await one.dispose()
    },
  }
}

/** Eigenvalues of samples' covariance and kappa(S_t), as results keep them. */
export async function conditioningOf(samples: Samples) {
  const { spectrum, kappa } = await pathConditioning(samples)
  const kappas = rounded(kappa.map((point) => point.kappa))
  return { spectrum: rounded(spectrum), kappa: kappa.map(({ t }, i) => ({ t, kappa: kappas[i] })) }
}

/** Only what results keep. */
export const comparisonOf = (measured: FeatureComparison): Comparison => comparisonSchema.parse(measured)

/** Images [n, c, h, w] in [-1, 1] as results keep them. */
export function picturesOf({ data, shape }: Samples): Pictures {
  const bytes = Uint8Array.from(data, (value) => Math.round(127.5 * (Math.min(1, Math.max(-1, value)) + 1)))
  return { shape: [...shape], bytes: Buffer.from(bytes).toString('base64') }
}

/** The images that `picturesOf` was given, in steps of 1/127.5. */
export const imagesOf = ({ shape, bytes }: Pictures): Samples =>
  ndarray(
    Float32Array.from(Buffer.from(bytes, 'base64'), (value) => value / 127.5 - 1),
    shape,
  )
