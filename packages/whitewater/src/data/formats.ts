// Samples from the bytes of a file: the parser is chosen by the file's name.
import { ndarray, type NdArray } from '@whitewater/tensor'
import { failureError, unknownName, usageError } from '../errors.ts'
import { checkedLabels, checkedSamples, namedLabels } from './check.ts'
import { parseCsv, type CsvOptions, type CsvTable } from './csv.ts'
import type { Dataset, DatasetOption, DatasetOptions, DatasetSource } from './dataset.ts'
import { parseIdx, scaledImages } from './idx.ts'
import { parseNpy } from './npy.ts'
import { parseNpz } from './npz.ts'
import { parseSafetensors } from './safetensors.ts'

/** Where files come from. */
export interface Files {
  /** The bytes of one, decompressed when they are gzip. */
  readonly read: (path: string) => Promise<Uint8Array>
  /** Its name without what leads there. */
  readonly nameOf: (path: string) => string
}

interface FileFormat {
  readonly pattern: RegExp
  readonly options: readonly DatasetOption[]
  readonly load: (path: string, files: Files, options: DatasetOptions) => Promise<Dataset>
}

const formats: readonly FileFormat[] = [
  {
    pattern: /\.npy(\.gz)?$/i,
    options: ['labels'],
    load: async (path, files, { labels }) =>
      assemble(path, files, parseNpy(await files.read(path), path), await labelsOf(labels, files)),
  },
  {
    pattern: /\.npz$/i,
    options: ['labels', 'array'],
    load: async (path, files, options) =>
      fromArrays(path, files, parseNpz(await files.read(path), path), options),
  },
  {
    pattern: /\.safetensors$/i,
    options: ['labels', 'array'],
    load: async (path, files, options) =>
      fromArrays(path, files, parseSafetensors(await files.read(path), path).tensors, options),
  },
  {
    pattern: /\.(csv|tsv|txt)(\.gz)?$/i,
    options: ['labels', 'labelColumn'],
    load: loadCsv,
  },
  {
    pattern: /(\.idx\d?(-ubyte)?|-idx\d-ubyte|-ubyte)(\.gz)?$/i,
    options: ['labels'],
    load: async (path, files, { labels }) =>
      assemble(
        path,
        files,
        scaledImages(parseIdx(await files.read(path), path)),
        await labelsOf(labels, files),
      ),
  },
]

/** The source behind a file's name. @throws WhitewaterError (usage) when no format has such a name */
export function fileSource(path: string, files: Files): DatasetSource {
  const format = formats.find(({ pattern }) => pattern.test(files.nameOf(path)))
  if (!format) {
    throw usageError(
      `${path} is of no known format, expected .npy, .npz, .csv, .safetensors, IDX (-ubyte, -ubyte.gz) or a folder`,
    )
  }
  const { options, load } = format
  return { options, load: (chosen) => load(path, files, chosen) }
}

const readCsv = async (path: string, { read }: Files, options?: CsvOptions): Promise<CsvTable> =>
  parseCsv(new TextDecoder().decode(await read(path)), path, options)

async function loadCsv(path: string, files: Files, options: DatasetOptions): Promise<Dataset> {
  const table = await readCsv(path, files, { labelColumn: options.labelColumn })
  const samples = checkedSamples(table.values, path)
  const labelled = table.labels && namedLabels(table.labels, path)
  const given = await labelsOf(options.labels, files)
  return {
    name: files.nameOf(path),
    samples,
    ...labelled,
    ...(given && checkedLabels(given[0], samples.shape[0], given[1])),
  }
}

async function fromArrays(
  path: string,
  files: Files,
  arrays: ReadonlyMap<string, NdArray>,
  options: DatasetOptions,
): Promise<Dataset> {
  const samples = chooseArray(path, arrays, options.array)
  const own = arrays.get('labels') ?? arrays.get('y')
  const given = await labelsOf(options.labels, files)
  return assemble(
    path,
    files,
    samples,
    given ?? (own && own !== samples ? [own, `${path}:labels`] : undefined),
  )
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

function assemble(path: string, { nameOf }: Files, array: NdArray, labels: Labels | undefined): Dataset {
  const samples = checkedSamples(array, path)
  return {
    name: nameOf(path),
    samples,
    ...(labels && checkedLabels(labels[0], samples.shape[0], labels[1])),
  }
}

/** The labels with what to call them, where there are any. */
export async function labelsOf(path: string | undefined, files: Files): Promise<Labels | undefined> {
  return path === undefined ? undefined : [await readLabels(path, files), path]
}

/** Class labels [count] from a .npy, .csv or IDX file. */
export async function readLabels(path: string, files: Files): Promise<NdArray> {
  const name = files.nameOf(path)
  if (/\.npy$/i.test(name)) return parseNpy(await files.read(path), path)
  if (/ubyte(\.gz)?$/i.test(name)) return parseIdx(await files.read(path), path)
  if (!/\.(csv|tsv|txt)$/i.test(name))
    throw usageError(`labels ${path}: expected a .npy, .csv or IDX (-ubyte) file`)
  const table = await readCsv(path, files)
  const [count, columns] = table.values.shape
  if (columns !== 1) throw failureError(`labels ${path} has ${columns} columns, expected 1: one label a line`)
  return ndarray(table.values.data, [count])
}
