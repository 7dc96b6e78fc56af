// Datasets from files and folders: the reader is chosen by the file's name.
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { ndarray, type NdArray } from '@whitewater/tensor'
import { failureError, unknownName, usageError } from '../errors.ts'
import { checkedLabels, checkedSamples, namedLabels } from './check.ts'
import type { Dataset, DatasetOption, DatasetOptions, DatasetSource, SampleBlocks } from './dataset.ts'
import { readCsv, readIdx, readNpy, readNpz, readSafetensors } from './files.ts'
import { imageFolder } from './images.ts'
import { findIdx, loadIdxFolder, scaledImages } from './mnist.ts'
import { npyBlocks, openLargeNpy } from './npy-blocks.ts'

interface FileFormat {
  readonly pattern: RegExp
  readonly options: readonly DatasetOption[]
  readonly load: (path: string, options: DatasetOptions) => Promise<Dataset>
  readonly open?: (path: string, options: DatasetOptions) => Promise<SampleBlocks | undefined>
}

const formats: readonly FileFormat[] = [
  {
    pattern: /\.npy(\.gz)?$/i,
    options: ['labels'],
    load: async (path, { labels }) => assemble(path, await readNpy(path), await labelsOf(labels)),
    open: async (path, options) => {
      const array = await openLargeNpy(path)
      return array && npyBlocks(array, options, await labelsOf(options.labels))
    },
  },
  {
    pattern: /\.npz$/i,
    options: ['labels', 'array'],
    load: async (path, options) => fromArrays(path, await readNpz(path), options),
  },
  {
    pattern: /\.safetensors$/i,
    options: ['labels', 'array'],
    load: async (path, options) => fromArrays(path, (await readSafetensors(path)).tensors, options),
  },
  {
    pattern: /\.(csv|tsv|txt)(\.gz)?$/i,
    options: ['labels', 'labelColumn'],
    load: loadCsv,
  },
  {
    pattern: /(\.idx\d?(-ubyte)?|-idx\d-ubyte|-ubyte)(\.gz)?$/i,
    options: ['labels'],
    load: async (path, { labels }) =>
      assemble(path, scaledImages(await readIdx(path)), await labelsOf(labels)),
  },
]

/** The source behind a file's name. @throws WhitewaterError (usage) when no format has such a name */
export function fileSource(path: string): DatasetSource {
  const format = formats.find(({ pattern }) => pattern.test(path))
  if (!format) {
    throw usageError(
      `${path} is of no known format, expected .npy, .npz, .csv, .safetensors, IDX (-ubyte, -ubyte.gz) or a folder`,
    )
  }
  const { options, load, open } = format
  return {
    options,
    load: (chosen) => load(path, chosen),
    ...(open && { open: (chosen) => open(path, chosen) }),
  }
}

/** The source behind a folder: IDX files in MNIST's layout, or images, in sub-folders by class or side by side. */
export async function folderSource(path: string): Promise<DatasetSource> {
  const names = await readdir(path)
  return (findIdx(names, 'train') ?? findIdx(names, 'test'))
    ? { options: ['split'], load: (options) => loadIdxFolder(path, basename(path), options.split ?? 'train') }
    : { options: ['resolution', 'channels'], load: (options) => imageFolder(path, options) }
}

async function loadCsv(path: string, options: DatasetOptions): Promise<Dataset> {
  const table = await readCsv(path, { labelColumn: options.labelColumn })
  const samples = checkedSamples(table.values, path)
  const labelled = table.labels && namedLabels(table.labels, path)
  return { name: basename(path), samples, ...labelled, ...(await labelsFrom(options.labels, samples)) }
}

async function fromArrays(
  path: string,
  arrays: ReadonlyMap<string, NdArray>,
  options: DatasetOptions,
): Promise<Dataset> {
  const samples = chooseArray(path, arrays, options.array)
  const own = arrays.get('labels') ?? arrays.get('y')
  const given = await labelsOf(options.labels)
  return assemble(path, samples, given ?? (own && own !== samples ? [own, `${path}:labels`] : undefined))
}

const sampleNames = ['samples', 'data', 'latents', 'images', 'x', 'X', 'arr_0']

function chooseArray(
  path: string,
  arrays: ReadonlyMap<string, NdArray>,
  chosen: string | undefined,
): NdArray {
  const names = [...arrays.keys()]
  const name =
    chosen ?? (names.length === 1 ? names[0] : sampleNames.find((candidate) => arrays.has(candidate)))
  if (name === undefined) {
    throw usageError(
      `${path} holds ${names.length} arrays (${names.join(', ')}): say which with the option 'array'`,
    )
  }
  const array = arrays.get(name)
  if (!array) throw unknownName(`array of ${path}`, name, names)
  return array
}

type Labels = readonly [array: NdArray, name: string]

function assemble(path: string, array: NdArray, labels: Labels | undefined): Dataset {
  const samples = checkedSamples(array, path)
  return {
    name: basename(path),
    samples,
    ...(labels && checkedLabels(labels[0], samples.shape[0], labels[1])),
  }
}

async function labelsFrom(
  path: string | undefined,
  samples: NdArray,
): Promise<Pick<Dataset, 'labels' | 'classes'> | undefined> {
  const labels = await labelsOf(path)
  return labels && checkedLabels(labels[0], samples.shape[0], labels[1])
}

async function labelsOf(path: string | undefined): Promise<Labels | undefined> {
  return path === undefined ? undefined : [await readLabels(path), path]
}

/** Class labels [count] from a .npy, .csv or IDX file. */
export async function readLabels(path: string): Promise<NdArray> {
  if (/\.npy$/i.test(path)) return readNpy(path)
  if (/ubyte(\.gz)?$/i.test(path)) return readIdx(path)
  if (!/\.(csv|tsv|txt)$/i.test(path))
    throw usageError(`labels ${path}: expected a .npy, .csv or IDX (-ubyte) file`)
  const table = await readCsv(path)
  const [count, columns] = table.values.shape
  if (columns !== 1) throw failureError(`labels ${path} has ${columns} columns, expected 1: one label a line`)
  return ndarray(table.values.data, [count])
}
