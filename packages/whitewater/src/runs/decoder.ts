// The autoencoder behind a generator of latents: decodes what it samples.
import { sameShape, sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Autoencoder } from '../autoencoder/autoencoder.ts'
import { checkLatents } from '../autoencoder/latents.ts'
import { loadAutoencoder } from './load-autoencoder.ts'
import { usageError } from '../errors.ts'
import { readConfig, readModelFacts } from './generator-folder.ts'

/**
 * The autoencoder of one run, to decode the samples of another.
 * @param run the generator's folder
 * @param folder the autoencoder's
 * @throws WhitewaterError (usage) where samples of the one are no latents of the other: by their shape, or by what the training data
 *   say of themselves while they are still where they were
 */
export async function loadDecoder(
  run: string,
  folder: string,
  engine: CompileOptions = {},
): Promise<Autoencoder> {
  const { features } = await readModelFacts(run)
  const { data } = await readConfig(run)
  const decoder = await loadAutoencoder(folder, engine)
  const { latent } = decoder
  const flat = features.length === 1 && features[0] === sizeOf(latent)
  if (!flat && !sameShape(features, latent))
    throw usageError(
      `${run} generates samples of shape [${features.join(', ')}], ${folder} decodes latents of shape [${latent.join(', ')}]: give the autoencoder of its training data`,
    )
  await checkLatents(data.source, decoder)
  return decoder
}
