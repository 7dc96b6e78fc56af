// A classifier on disk: one safetensors file whose metadata says by which recipe it was made, on which data, and how good it is.
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheFolder } from '../../data/cache.ts'
import { arraysHash } from '../../data/checksum.ts'
import { readSafetensors, writeSafetensors } from '../../data/files.ts'
import { makeFolder } from '../../data/write.ts'
import { WhitewaterError } from '../../errors.ts'
import type { Classifier } from './classifier.ts'
import { recipeKey, type Recipe } from './recipe.ts'

/** Where the classifier of a recipe is kept: named by what its weights depend on. */
export const classifierPath = (recipe: Recipe, cache = cacheFolder('features')): string =>
  join(cache, `${recipe.name}-${recipeKey(recipe).slice(0, 16)}.safetensors`)

/** The classifier of the file; undefined where there is no file, or what it holds is not what was written. */
export async function readClassifier(path: string, recipe: Recipe): Promise<Classifier | undefined> {
  if (!(await stat(path).catch(() => undefined))) return undefined
  const file = await readSafetensors(path).catch((error: unknown) => {
    if (error instanceof WhitewaterError) return undefined
    throw error
  })
  if (!file) return undefined
  const { tensors: weights, metadata } = file
  const { hash, accuracy, dataHash, recipe: key } = metadata
  if (key !== recipeKey(recipe) || hash !== arraysHash(weights)) return undefined
  const { name, image, network } = recipe
  return { name, image, network, weights, hash, accuracy: Number(accuracy), dataHash }
}

/** Writes atomically, so that processes which train at the same time do not harm each other. */
export async function writeClassifier(path: string, recipe: Recipe, classifier: Classifier): Promise<void> {
  await makeFolder(dirname(path))
  await writeSafetensors(path, classifier.weights, {
    name: recipe.name,
    recipe: recipeKey(recipe),
    hash: classifier.hash,
    accuracy: String(classifier.accuracy),
    dataHash: classifier.dataHash,
  })
}
