// MNIST handwritten digits (LeCun, Cortes, Burges): from a folder, from the cache, or from a mirror; its files must have the
// known checksums, wherever they come from.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { NdArray } from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'
import { cacheFolder } from './cache.ts'
import { checkedLabels, checkedSamples } from './check.ts'
import { sha256 } from './checksum.ts'
import type { Dataset, DatasetOptions, DatasetSource, Split } from './dataset.ts'
import { download } from './download.ts'
import { readBytes, readIdx } from './files.ts'
import { parseIdx, scaledImages } from './idx.ts'
import { makeFolder } from './write.ts'

const mirrors = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://azureopendatastorage.blob.core.windows.net/mnist/',
]

/** SHA-256 of the uncompressed files: mirrors have compressed the same files differently. */
export const mnistChecksums: Readonly<Record<string, string>> = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
}

const prefix: Readonly<Record<Split, string>> = { train: 'train', test: 't10k' }

const axes = { images: 3, labels: 1 } as const

/** Samples a class from which on a class without any is no accident. */
const ENOUGH_A_CLASS = 10

interface IdxPair {
  readonly images: string
  readonly labels?: string
}

/** The image and label files of a split among a folder's file names; undefined when there are no images. */
export function findIdx(names: readonly string[], split: Split): IdxPair | undefined {
  const find = (kind: string): string | undefined =>
    names.find((name) => new RegExp(`^${prefix[split]}-${kind}[-.]idx\\d-ubyte(\\.gz)?$`).test(name))
  const images = find('images')
  return images === undefined ? undefined : { images, labels: find('labels') }
}

/** Reads a file of a split, and checks it where there is something to check it by. */
type ReadFile = (path: string, kind: 'images' | 'labels') => Promise<NdArray>

/**
 * Labels of a folder are what its bytes say, so a damaged one shows only by the classes that it invents: it is far beyond the others.
 * @throws WhitewaterError (failure) when most classes have no sample though there are samples enough for all
 */
function checkClasses(
  { labels, classes }: Required<Pick<Dataset, 'labels' | 'classes'>>,
  path: string,
): void {
  const present = new Set(labels).size
  if (2 * present > classes || labels.length < ENOUGH_A_CLASS * classes) return
  const most = classes - 1
  throw failureError(
    `${path} holds label ${most} at row ${labels.indexOf(most)} (from 0), and only ${present} of the classes 0 to ${most} have samples: expected labels from 0 to classes - 1; download it again, or repair that row`,
  )
}

async function loadPair(folder: string, name: string, split: Split, read: ReadFile): Promise<Dataset> {
  const pair = findIdx(await readdir(folder), split)
  if (!pair)
    throw usageError(`${folder} has no ${split} images, expected ${prefix[split]}-images-idx3-ubyte[.gz]`)
  const path = join(folder, pair.images)
  const samples = checkedSamples(scaledImages(await read(path, 'images')), path)
  if (pair.labels === undefined) return { name, samples }
  const labelPath = join(folder, pair.labels)
  const labelled = checkedLabels(await read(labelPath, 'labels'), samples.shape[0], labelPath)
  checkClasses(labelled, labelPath)
  return { name, samples, ...labelled }
}

/** Images, and labels where there are any, of one split of a folder in MNIST's layout (also Fashion-MNIST, KMNIST, ...). */
export const loadIdxFolder = (folder: string, name: string, split: Split): Promise<Dataset> =>
  loadPair(folder, name, split, readIdx)

/** Where downloaded files stay. */
export const mnistCache = (): string => cacheFolder('mnist')

const downloaded = (file: string, folder: string): Promise<Uint8Array> =>
  download(
    {
      what: `MNIST's ${file}`,
      mirrors: mirrors.map((mirror) => `${mirror}${file}.gz`),
      checksum: mnistChecksums[file],
      unpack: gunzipSync,
      advice: 'get its four files elsewhere and pass their folder with --data-dir',
    },
    join(folder, file),
  )

/** The first of the folders, among them torchvision's layout, that holds the split. */
async function folderIn(dataDir: string, split: Split): Promise<string> {
  for (const folder of [dataDir, join(dataDir, 'mnist'), join(dataDir, 'MNIST', 'raw')]) {
    const names = await readdir(folder).catch(() => [])
    if (findIdx(names, split)?.labels !== undefined) return folder
  }
  throw usageError(
    `${dataDir} holds no MNIST ${split} files, expected ${prefix[split]}-images-idx3-ubyte[.gz] and its labels`,
  )
}

async function cachedFolder(split: Split): Promise<string> {
  const folder = mnistCache()
  await makeFolder(folder)
  const present = await readdir(folder)
  const wanted = Object.keys(mnistChecksums).filter((file) => file.startsWith(prefix[split]))
  for (const file of wanted) {
    if (!present.includes(file) && !present.includes(`${file}.gz`)) await downloaded(file, folder)
  }
  return folder
}

/** Reads a file that must be MNIST's own, whatever it is called and however it is compressed. */
const verified =
  (split: Split, remedy: string): ReadFile =>
  async (path, kind) => {
    const file = `${prefix[split]}-${kind}-idx${axes[kind]}-ubyte`
    const bytes = await readBytes(path)
    const found = sha256(bytes)
    if (found === mnistChecksums[file]) return parseIdx(bytes, path)
    throw failureError(
      `${path} is not MNIST's ${file}: its SHA-256 is ${found}, expected ${mnistChecksums[file]} (of the uncompressed file); ${remedy}`,
    )
  }

async function load({ dataDir, split = 'train' }: DatasetOptions): Promise<Dataset> {
  const folder = dataDir === undefined ? await cachedFolder(split) : await folderIn(dataDir, split)
  const remedy =
    dataDir === undefined
      ? 'remove it, and it is downloaded anew'
      : `download it again, or give the folder ${folder} itself as the data if it is another dataset`
  return loadPair(folder, 'mnist', split, verified(split, remedy))
}

/** MNIST: [60,000 train | 10,000 test, 1, 28, 28] in [-1, 1], ten labels. */
export const mnist: DatasetSource = { options: ['dataDir', 'split'], load }
