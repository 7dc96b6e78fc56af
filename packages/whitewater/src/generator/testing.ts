// What tests of generators have in common.
import type { Generator } from './generator.ts'
import { trainInMemory, type TrainOptions } from './train.ts'

export const train = async (options: TrainOptions): Promise<Generator> =>
  (await trainInMemory(options)).generator
