// MNIST handwritten digits (LeCun, Cortes, Burges): from a folder, from the cache, or from a mirror, whose files must have the
// known checksums.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ndarray, type NdArray } from '@whitewater/tensor'
import { failureError, usageError, WhitewaterError } from '../errors.ts'
import { cacheFolder } from './cache.ts'
import { checkedLabels, checkedSamples } from './check.ts'
import { sha256 } from './checksum.ts'
import type { Dataset, DatasetOptions, DatasetSource, Split } from './dataset.ts'
import { readIdx } from './files.ts'
import { makeFolder, writeFileAtomic } from './write.ts'

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

/** uint8 images [count, height, width] to float32 [count, 1, height, width] in [-1, 1]; other arrays as they are. */
export function scaledImages({ data, shape }: NdArray): NdArray {
  if (!(data instanceof Uint8Array) || shape.length !== 3) return { data, shape }
  const pixels = new Float32Array(data.length)
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[i] / 127.5 - 1
  return ndarray(pixels, [shape[0], 1, shape[1], shape[2]])
}

/** Images, and labels where there are any, of one split of a folder in MNIST's layout (also Fashion-MNIST, KMNIST, ...). */
export async function loadIdxFolder(folder: string, name: string, split: Split): Promise<Dataset> {
  const pair = findIdx(await readdir(folder), split)
  if (!pair)
    throw usageError(`${folder} has no ${split} images, expected ${prefix[split]}-images-idx3-ubyte[.gz]`)
  const samples = checkedSamples(
    scaledImages(await readIdx(join(folder, pair.images))),
    join(folder, pair.images),
  )
  if (pair.labels === undefined) return { name, samples }
  const path = join(folder, pair.labels)
  return { name, samples, ...checkedLabels(await readIdx(path), samples.shape[0], path) }
}

/** Where downloaded files stay. */
export const mnistCache = (): string => cacheFolder('mnist')

async function download(file: string, folder: string): Promise<void> {
  let problem = ''
  for (const mirror of mirrors) {
    try {
      const response = await fetch(`${mirror}${file}.gz`, { signal: AbortSignal.timeout(120_000) })
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      const bytes = gunzipSync(new Uint8Array(await response.arrayBuffer()))
      const checksum = sha256(bytes)
      if (checksum !== mnistChecksums[file])
        throw new Error(`SHA-256 ${checksum}, expected ${mnistChecksums[file]}`)
      return await writeFileAtomic(join(folder, file), bytes)
    } catch (error) {
      if (error instanceof WhitewaterError) throw error
      problem = `${new URL(mirror).host}: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  throw failureError(
    `cannot download MNIST's ${file} from ${mirrors.length} mirrors (last, ${problem}): get its four files elsewhere and pass their folder with --data-dir`,
  )
}

/** The first of the folders, among them torchvision's layout, that holds the split. */
async function folderIn(dataDir: string, split: Split): Promise<string> {
  for (const folder of [dataDir, join(dataDir, 'mnist'), join(dataDir, 'MNIST', 'raw')]) {
    const names = await readdir(folder).catch(() => [])
    if (findIdx(names, split)) return folder
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
    if (!present.includes(file) && !present.includes(`${file}.gz`)) await download(file, folder)
  }
  return folder
}

async function load({ dataDir, split = 'train' }: DatasetOptions): Promise<Dataset> {
  const folder = dataDir === undefined ? await cachedFolder(split) : await folderIn(dataDir, split)
  return loadIdxFolder(folder, 'mnist', split)
}

/** MNIST: [60,000 train | 10,000 test, 1, 28, 28] in [-1, 1], ten labels. */
export const mnist: DatasetSource = { options: ['dataDir', 'split'], load }
