// Options that several commands share, and how their values are read.
import { devices, type Device } from '@whitewater/tensor'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { unknownName } from '../errors.ts'
import type { DatasetOptions } from '../data/dataset.ts'

/** Options of the root command. */
export interface Shared {
  readonly json?: boolean
  readonly verbose?: boolean
}

/** A command's own options with those of the root. */
export const flagsOf = <T extends object>(command: Command): T & Shared =>
  command.optsWithGlobals<T & Shared>()

/** Reads a whole number of at least `least`. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`expected a whole number of at least ${least}`)
  }

/** Reads a number of at least `least`, or above it where `open`. */
export const number =
  (least = -Infinity, { open = false } = {}) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isFinite(value) && (open ? value > least : value >= least)) return value
    const bound = least === -Infinity ? '' : ` ${open ? 'above' : 'of at least'} ${least}`
    throw new InvalidArgumentError(`expected a number${bound}`)
  }

/** Reads numbers separated by commas. */
export const numbers =
  (each: (text: string) => number) =>
  (text: string): number[] =>
    text.split(',').map(each)

/** Reads one of a set of names. */
export const oneOf =
  <T extends string>(what: string, known: readonly T[]) =>
  (text: string): T => {
    const found = known.find((name) => name === text)
    if (found === undefined) throw unknownName(what, text, known)
    return found
  }

const indexOrName = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text)

export interface EngineFlags {
  readonly device: Device
  readonly threads?: number
}

/** `--device` and `--threads`. */
export const withEngine = (command: Command): Command =>
  command
    .addOption(
      new Option('--device <name>', `where programs run: ${devices.join(', ')}`)
        .default('cpu')
        .argParser(oneOf('device', devices)),
    )
    .option('--threads <n>', 'CPU threads of one operation; all cores unless given', whole(1))

export const withSeed = (command: Command): Command =>
  command.option('--seed <n>', 'seed of everything random; 0 unless given', whole(0))

export interface DataFlags extends Omit<DatasetOptions, 'seed' | 'split'> {
  readonly dataSeed?: number
}

/** Options of the dataset: each kind of data takes some of them and says which. */
export const withData = (command: Command): Command =>
  command
    .optionsGroup('Data options:')
    .option('--samples <n>', 'generated data: how many; files: a random subset of this size', whole(2))
    .option('--labels <file>', 'class labels, one a sample: .npy, .csv or IDX')
    .option('--data-dir <folder>', 'folder that already holds a downloadable dataset')
    .option('--data-seed <n>', 'seed of generated data and subsets', whole(0))
    .option('--array <name>', 'which array of an .npz or .safetensors')
    .option(
      '--label-column <name>',
      'which column of a .csv holds labels, by name or index from 0',
      indexOrName,
    )
    .option('--resolution <pixels>', 'side of square images', whole(1))
    .option('--channels <n>', 'of images in a folder: 3 colour, 1 grey', whole(1))
    .option('--dimension <n>', 'number of features of generated data', whole(1))
    .option('--condition-number <kappa>', 'of the covariance of generated data', number(1))
    .option('--components <n>', 'of a mixture', whole(1))
    .option('--noise <sigma>', 'standard deviation of added noise', number(0))

/** The dataset options among a command's flags; only those given. */
export function dataOptions(flags: DataFlags): DatasetOptions {
  const { samples, labels, dataDir, dataSeed, array, labelColumn } = flags
  const { resolution, channels, dimension, conditionNumber, components, noise } = flags
  const all: DatasetOptions = {
    samples,
    labels,
    dataDir,
    seed: dataSeed,
    array,
    labelColumn,
    resolution,
    channels,
    dimension,
    conditionNumber,
    components,
    noise,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
