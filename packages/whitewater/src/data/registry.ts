// Datasets by name. A new one is a file of its own and a line in this table.
import { platform } from '#platform'
import { unknownName, usageError } from '../errors.ts'
import { checkInteger } from './check.ts'
import type { Dataset, DatasetOption, DatasetOptions, DatasetSource, SampleBlocks } from './dataset.ts'
import { glyphs } from './glyphs.ts'
import { blocksOf } from './sample-blocks.ts'
import { randomSubset } from './subset.ts'
import { checkerboard } from './toy/checkerboard.ts'
import { gaussian } from './toy/gaussian.ts'
import { mixture } from './toy/mixture.ts'
import { swissRoll } from './toy/swiss-roll.ts'
import { twoMoons } from './toy/two-moons.ts'

export const sources: Readonly<Record<string, DatasetSource>> = {
  gaussian,
  'swiss-roll': swissRoll,
  'two-moons': twoMoons,
  checkerboard,
  mixture,
  glyphs,
  ...platform.sources,
}

/** Names that `dataset` takes besides paths. */
export const datasetNames: readonly string[] = Object.keys(sources)

async function sourceOf(name: string): Promise<DatasetSource> {
  if (Object.hasOwn(sources, name)) return sources[name]
  const found = await platform.sourceAt(name)
  if (found) return found
  if (/[./\\]/.test(name))
    throw usageError(`${name} does not exist: expected a data file or folder; check the path`)
  throw unknownName('dataset', name, datasetNames)
}

/** The options, besides `samples` and `seed`, that a source takes. @throws WhitewaterError (usage) for an unknown source */
export const datasetOptionsOf = async (source: string): Promise<readonly DatasetOption[]> =>
  (await sourceOf(source)).options

/** The source of that name, path included, once the options fit it. @throws WhitewaterError (usage) where they do not */
export async function checkedSource(source: string, options: DatasetOptions): Promise<DatasetSource> {
  const found = await sourceOf(source)
  const taken = [...found.options, 'samples', 'seed']
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || taken.includes(option)) continue
    throw usageError(`${source} takes no option '${option}', expected ${taken.join(', ')}`)
  }
  if (options.seed !== undefined) checkInteger('seed', options.seed, 0)
  if (options.samples !== undefined) checkInteger('samples', options.samples, 2)
  return found
}

/**
 * A dataset from a name of the registry, a file (.npy, .npz, .csv, .safetensors, IDX plain or gzipped) or a folder (of IDX files
 * in MNIST's layout, or of images, in sub-folders by class). In a browser: a name, or the address of a file.
 * @returns samples [count, ...features] float32, finite; images are [count, channels, height, width] in [-1, 1]
 * @throws WhitewaterError: usage for an unknown name, a missing file or an option the source does not take; failure for broken
 *   data: truncated, not finite, ragged, with labels of another length, or fewer than 2 samples
 */
export async function dataset(source: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { load } = await checkedSource(source, options)
  const loaded = await load(options)
  return options.samples === undefined ? loaded : randomSubset(loaded, options.samples, options.seed ?? 0)
}

/**
 * Any source that `dataset` takes, in blocks. A .npy file of more than 256 MiB is read by ranges, never whole: with `samples`, only
 * those rows of it, the same that `dataset` would keep.
 * @throws as `dataset`; for such a file, values that are not finite show when their block is read
 */
export async function openBlocks(source: string, options: DatasetOptions = {}): Promise<SampleBlocks> {
  const { open } = await checkedSource(source, options)
  return (await open?.(options)) ?? blocksOf(await dataset(source, options))
}
