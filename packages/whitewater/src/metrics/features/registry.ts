// Feature extractors by name. A new one is a file of its own and a line in this table.
import type { Source } from '../../data/source.ts'
import { unknownName, usageError } from '../../errors.ts'
import type { Perceptual } from '../../nn/perceptual.ts'
import { classifierPath, readClassifier, writeClassifier } from './classifier-file.ts'
import { extractorOf, perceptualOf, type Classifier } from './classifier.ts'
import { checkImages, type ExtractorOptions, type FeatureExtractor } from './extractor.ts'
import { inceptionExtractor } from './inception.ts'
import { recipeNames, recipeOf } from './recipe.ts'
import { trainClassifier } from './train-classifier.ts'

interface Entry {
  readonly make: (options: ExtractorOptions) => Promise<FeatureExtractor>
  /** Shape [channels, height, width] of the images that it takes, where it does not take all. */
  readonly image?: (source: Source | undefined) => readonly number[]
}

/** The classifier of a recipe: from the cache, or trained and kept there. */
async function classifierNamed(name: string, options: ExtractorOptions): Promise<Classifier> {
  const recipe = recipeOf(name, options.source)
  if (options.weights !== undefined) {
    const given = await readClassifier(options.weights, recipe)
    if (given) return given
    throw usageError(
      `${options.weights} holds no classifier of the recipe '${name}' of this version, or its weights are not those that it names: restore the file, or train a classifier here without it`,
    )
  }
  const path = classifierPath(recipe, options.cache)
  const kept = await readClassifier(path, recipe)
  if (kept) return kept
  const trained = await trainClassifier(recipe, options)
  // Another process may have been first: then its weights are the ones that others use already.
  const meanwhile = await readClassifier(path, recipe)
  if (meanwhile) return meanwhile
  await writeClassifier(path, recipe, trained)
  return trained
}

const trainedHere = (name: string): [string, Entry] => [
  name,
  {
    async make(options) {
      return extractorOf(await classifierNamed(name, options), options.engine)
    },
    image: (source) => recipeOf(name, source).image,
  },
]

const extractors: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(recipeNames.map(trainedHere)),
  inception: { make: inceptionExtractor },
}

/** Names that `featureExtractor` takes. */
export const extractorNames: readonly string[] = Object.keys(extractors)

/**
 * A feature extractor by name. 'mnist' and 'glyphs' are classifiers that are trained on first use, which takes a minute or two,
 * and kept in the cache; 'inception' has pytorch-fid's weights, which are downloaded on first use (91 MiB) or given as a file.
 * @throws WhitewaterError (usage) for an unknown name; otherwise what keeps the weights from being had
 */
export async function featureExtractor(
  name: string,
  options: ExtractorOptions = {},
): Promise<FeatureExtractor> {
  return entryOf(name).make(options)
}

function entryOf(name: string): Entry {
  if (Object.hasOwn(extractors, name)) return extractors[name]
  throw unknownName('feature extractor', name, extractorNames)
}

/**
 * Whether samples of that shape are images for the extractor: known before its weights are had, which may take a while.
 * @param image shape of one sample
 * @throws WhitewaterError (usage) where they are not
 */
export function checkFeatureImages(
  name: string,
  image: readonly number[],
  { source }: Pick<ExtractorOptions, 'source'> = {},
): void {
  const expected = entryOf(name).image?.(source)
  if (expected) checkImages(name, [1, ...image], expected)
  else if (image.length !== 3) {
    throw usageError(
      `features '${name}' take images [channels, height, width], got samples of shape [${image.join(', ')}]: decode latents first (--decoder), or compare without --features`,
    )
  }
}

/**
 * The feature maps of the same classifier, for a perceptual loss.
 * @throws WhitewaterError (usage) for a name that is none of a classifier trained here
 */
export async function perceptual(name: string, options: ExtractorOptions = {}): Promise<Perceptual> {
  if (!recipeNames.includes(name)) {
    throw usageError(
      `a perceptual loss cannot use '${name}', expected ${recipeNames.join(' or ')}: networks with feature maps of small images`,
    )
  }
  return perceptualOf(await classifierNamed(name, options))
}
