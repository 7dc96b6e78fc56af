// Folders of images, by sharp: a class a sub-folder, or all in one folder without labels.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'
import { checkedLabels, checkedSamples, checkInteger } from './check.ts'
import type { Dataset, DatasetOptions } from './dataset.ts'

const IMAGE_NAME = /\.(png|jpe?g|webp|gif|tiff?|avif|svg)$/i

/** Images decoded at a time: enough to keep sharp's threads busy, few enough to keep memory flat. */
const MOST_DECODED_AT_ONCE = 16

interface Listing {
  readonly paths: readonly string[]
  /** One a path; empty when the images stand in the folder itself. */
  readonly labels: readonly number[]
}

async function list(folder: string): Promise<Listing> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const imagesIn = (names: readonly string[]): string[] =>
    names.filter((name) => IMAGE_NAME.test(name)).sort()
  const flat = imagesIn(entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name))
  if (flat.length > 0) return { paths: flat.map((name) => join(folder, name)), labels: [] }
  const paths: string[] = []
  const labels: number[] = []
  let label = 0
  for (const entry of entries.filter((candidate) => candidate.isDirectory())) {
    const names = imagesIn(await readdir(join(folder, entry.name)))
    paths.push(...names.map((name) => join(folder, entry.name, name)))
    labels.push(...names.map(() => label))
    if (names.length > 0) label++
  }
  return { paths, labels }
}

type Decoded = { readonly data: Uint8Array; readonly width: number; readonly height: number }

async function decode(path: string, channels: 1 | 3, resolution: number | undefined): Promise<Decoded> {
  const { default: sharp } = await import('sharp')
  try {
    const image = sharp(path)
      .autoOrient()
      .flatten()
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    const sized = resolution === undefined ? image : image.resize(resolution, resolution, { fit: 'cover' })
    const { data, info } = await sized.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    if (info.channels !== channels)
      throw new Error(`decoded to ${info.channels} channels, expected ${channels}`)
    return { data, width: info.width, height: info.height }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw failureError(`${path} is no readable image (${reason}); replace or remove it`, error)
  }
}

/** Interleaved bytes to planes in [-1, 1]. */
function toPlanes({ data, width, height }: Decoded, channels: number, out: Float32Array): void {
  const pixels = width * height
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < pixels; i++) out[channel * pixels + i] = data[i * channels + channel] / 127.5 - 1
  }
}

/**
 * Every image under the folder, sorted by name; classes are its sub-folders, sorted by name.
 * @param options.resolution crops to the centre square and resizes; without it all images must have one size
 * @returns samples [count, channels = 3, height, width] in [-1, 1]
 * @throws WhitewaterError when there are no images, one is unreadable, or sizes differ
 */
export async function imageFolder(folder: string, options: DatasetOptions): Promise<Dataset> {
  const { channels = 3, resolution } = options
  if (resolution !== undefined) checkInteger('resolution', resolution, 1)
  if (channels !== 1 && channels !== 3) throw usageError(`channels is ${String(channels)}, expected 1 or 3`)
  const { paths, labels } = await list(folder)
  if (paths.length === 0) {
    throw usageError(
      `${folder} holds neither IDX files nor images, expected .png, .jpg or .webp, in sub-folders by class`,
    )
  }
  const { width, height } = await decode(paths[0], channels, resolution)
  const size = channels * width * height
  const samples = new Float32Array(paths.length * size)
  for (let start = 0; start < paths.length; start += MOST_DECODED_AT_ONCE) {
    const batch = paths.slice(start, start + MOST_DECODED_AT_ONCE)
    const images = await Promise.all(batch.map((path) => decode(path, channels, resolution)))
    images.forEach((image, i) => {
      if (image.width !== width || image.height !== height) {
        throw failureError(
          `${batch[i]} is ${image.width} x ${image.height}, the first image ${width} x ${height}: pass a resolution to resize all`,
        )
      }
      toPlanes(image, channels, samples.subarray((start + i) * size, (start + i + 1) * size))
    })
  }
  const count = paths.length
  const labelled =
    labels.length > 0 && checkedLabels(ndarray(Int32Array.from(labels), [count]), count, folder)
  const array = checkedSamples(ndarray(samples, [count, channels, height, width]), folder)
  return { name: basename(folder), samples: array, ...labelled }
}
