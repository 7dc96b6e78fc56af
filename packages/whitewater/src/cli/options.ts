// Options that several commands share: tables that a command joins to its own.
import { devices, type Device } from '@whitewater/tensor'
import type { DatasetOptions } from '../data/dataset.ts'
import { defaultOption, option, type FlagsOf, type ValueOption } from './declare.ts'
import { channelCount, indexOrName, number, oneOf, text, whole } from './readers.ts'

/** Where programs run. */
export const engineOptions = {
  device: defaultOption<Device>(
    '<name>',
    `where programs run: ${devices.join(', ')}`,
    oneOf('device', devices),
    'cpu',
  ),
  threads: option('<n>', 'CPU threads of one operation; all cores unless given', whole(1)),
}

export type EngineFlags = FlagsOf<typeof engineOptions>

export const seedOption = {
  seed: option('<n>', 'seed of everything random; 0 unless given', whole(0)),
}

/** Under a heading of its own in help. */
const ofData = <T>(value: string, about: string, read: (text: string) => T): ValueOption<T | undefined> => ({
  ...option(value, about, read),
  group: 'Data options:',
})

/** Options of the dataset: each kind of data takes some of them and says which. */
export const dataOptions = {
  samples: ofData('<n>', 'generated data: how many; files: a random subset of this size', whole(2)),
  labels: ofData('<file>', 'class labels, one a sample: .npy, .csv or IDX', text),
  dataDir: ofData('<folder>', 'folder that already holds a downloadable dataset', text),
  dataSeed: ofData('<n>', 'seed of generated data and subsets', whole(0)),
  array: ofData('<name>', 'which array of an .npz or .safetensors', text),
  labelColumn: ofData('<name>', 'which column of a .csv holds labels, by name or index from 0', indexOrName),
  resolution: ofData('<pixels>', 'side of square images', whole(1)),
  channels: ofData('<n>', 'of images in a folder: 3 colour, 1 grey', channelCount),
  dimension: ofData('<n>', 'number of features of generated data', whole(1)),
  conditionNumber: ofData('<kappa>', 'of the covariance of generated data', number(1)),
  components: ofData('<n>', 'of a mixture', whole(1)),
  noise: ofData('<sigma>', 'standard deviation of added noise', number(0)),
}

export type DataFlags = FlagsOf<typeof dataOptions>

/** The dataset's options among a command's flags; only those given. */
export function datasetOptions(flags: DataFlags): DatasetOptions {
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
