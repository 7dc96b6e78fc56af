// Feature extractors by name. A new one is a file of its own and a line in this table.
import { unknownName, usageError } from '../../errors.ts'
import type { Perceptual } from '../../nn/perceptual.ts'
import { classifierPath, readClassifier, writeClassifier } from './classifier-file.ts'
import { extractorOf, perceptualOf, type Classifier } from './classifier.ts'
import type { ExtractorOptions, FeatureExtractor } from './extractor.ts'
import { recipeNames, recipeOf } from './recipe.ts'
import { trainClassifier } from './train-classifier.ts'

type Make = (options: ExtractorOptions) => Promise<FeatureExtractor>

/** The classifier of a recipe: from the cache, or trained and kept there. */
async function classifierNamed(name: string, options: ExtractorOptions): Promise<Classifier> {
  const recipe = recipeOf(name, options.source)
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

const trainedHere = (name: string): [string, Make] => [
  name,
  async (options) => {
    const { device, threads, strict, load } = options
    return extractorOf(await classifierNamed(name, options), { device, threads, strict, load })
  },
]

const extractors: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(recipeNames.map(trainedHere)),
}

/** Names that `featureExtractor` takes. */
export const extractorNames: readonly string[] = Object.keys(extractors)

/**
 * A feature extractor by name. 'mnist' and 'glyphs' are classifiers that are trained on first use, which takes a minute or two,
 * and kept in the cache.
 * @throws WhitewaterError (usage) for an unknown name; otherwise what keeps the weights from being had
 */
export async function featureExtractor(
  name: string,
  options: ExtractorOptions = {},
): Promise<FeatureExtractor> {
  if (!Object.hasOwn(extractors, name)) throw unknownName('feature extractor', name, extractorNames)
  return extractors[name](options)
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
