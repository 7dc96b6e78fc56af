// What experiments on the latents of images can be asked for: how much of everything, by which field, and with whose autoencoder.
import type { Request } from '../runner/experiment.ts'
import { folderOption, nameOption, namesOption, wholeOption, type OptionsOf } from '../runner/options.ts'

export const budgetNames = ['quick', 'cpu', 'paper'] as const
export type BudgetName = (typeof budgetNames)[number]

export const fieldNames = ['residual-mlp', 'cnn'] as const
export type FieldName = (typeof fieldNames)[number]

const budget = nameOption(budgetNames, 'minutes, an hour or two on two cores, or as in the paper')
const field = nameOption(fieldNames, 'the velocity network')
const epochs = wholeOption(1, "passes over the data in place of the budget's")
const rows = namesOption('only these rows of the table')
const prepared = folderOption('a folder with the classifier and the autoencoder, in place of training both')

/** Options of latent experiments. */
export const latentOptions = { budget, field, epochs, prepared }

/** Options with a choice of rows. */
export const tableOptions = { budget, field, epochs, rows, prepared }

type LatentOptions = OptionsOf<typeof tableOptions>

export type LatentRequest = Request & LatentOptions

/** What tells folders of results apart. */
export const folderParts = ({ field, budget, epochs }: LatentOptions): readonly string[] =>
  [field, budget, epochs === undefined ? undefined : `${epochs}-epochs`].filter((part) => part !== undefined)
