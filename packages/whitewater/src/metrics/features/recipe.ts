// Recipes of classifiers whose features metrics use. They are shipped in place of weights: the same recipe on the same data
// gives weights that are as good everywhere, and the same ones on one machine.
import { sha256 } from '../../data/checksum.ts'
import type { Dataset, DatasetOptions, Split } from '../../data/dataset.ts'
import { mnistChecksums } from '../../data/mnist.ts'
import { dataset } from '../../data/registry.ts'
import type { Source } from '../../data/source.ts'
import { unknownName, usageError } from '../../errors.ts'
import type { LenetOptions } from '../../nn/networks/lenet.ts'

export interface Recipe {
  readonly name: string
  /** [channels, height, width] */
  readonly image: readonly [number, number, number]
  readonly network: LenetOptions
  /** Passes over the training split. */
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly weightDecay: number
  /** Largest random shift of a training image, in pixels along each axis. */
  readonly shift: number
  readonly seed: number
  /** What says which data it is, in a key that needs no data at hand. */
  readonly data: Readonly<Record<string, unknown>>
  load(split: Split): Promise<Dataset>
}

type RecipeOf = (source: Source | undefined) => Recipe

const usual = { batch: 128, learningRate: 3e-3, weightDecay: 0.01, seed: 0 } as const

const network = { classes: 10, channels: [16, 32, 64], width: 128 } as const

const mnist: RecipeOf = (source) => ({
  ...usual,
  name: 'mnist',
  image: [1, 28, 28],
  network,
  epochs: 6,
  shift: 2,
  data: mnistChecksums,
  load: (split) => dataset('mnist', { dataDir: source?.dataDir, split }),
})

const glyphs: RecipeOf = ({ resolution = 16 } = { source: 'glyphs' }) => {
  const options: DatasetOptions = { resolution, samples: 20_000, seed: 1 }
  return {
    ...usual,
    name: 'glyphs',
    image: [1, resolution, resolution],
    network,
    epochs: 3,
    shift: 1,
    data: { ...options, version: 1 },
    load: (split) => dataset('glyphs', { ...options, split, ...(split === 'test' && { samples: 4000 }) }),
  }
}

const recipes: Readonly<Record<string, RecipeOf>> = { mnist, glyphs }

export const recipeNames: readonly string[] = Object.keys(recipes)

/**
 * @param source of that very data, for its folder or resolution
 * @throws WhitewaterError (usage) for an unknown name, or a source of other data
 */
export function recipeOf(name: string, source?: Source): Recipe {
  if (!Object.hasOwn(recipes, name)) throw unknownName('recipe', name, recipeNames)
  if (source && source.source !== name) {
    throw usageError(
      `features '${name}' are trained on the dataset ${name}, got the source ${source.source}: leave it out, or give {source: '${name}'} with its options`,
    )
  }
  return recipes[name](source)
}

/** SHA-256 of everything that the weights depend on. */
export function recipeKey({ name, image, network: of, epochs, batch, ...rest }: Recipe): string {
  const { learningRate, weightDecay, shift, seed, data } = rest
  const terms = { name, image, network: of, epochs, batch, learningRate, weightDecay, shift, seed, data }
  return sha256(JSON.stringify(terms))
}
