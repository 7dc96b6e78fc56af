// Samples as one picture: a grid of images with a transparent gap, as a PNG file or a data URI.
import sharp from 'sharp'
import type { NdArray } from '@whitewater/tensor'

export interface ImageGridOptions {
  /** [n, channels, height, width] with 1 (grey) or 3 (RGB) channels. */
  images: NdArray<Float32Array | Float64Array>
  /** Images a row; by default as square a grid as n allows. */
  columns?: number
  /** Values that become black and white; [-1, 1] by default. Values beyond are clamped, NaN turns magenta. */
  range?: readonly [number, number]
  /** Whole-number enlargement, nearest neighbour; by default small images grow to about 48 px. */
  scale?: number
}

const gap = 2
const smallest = 48
const magenta = [255, 0, 255]

/** Copies image `index` into the RGBA canvas at (left, top). */
function paint(
  { images, range: [low, high] = [-1, 1] }: ImageGridOptions,
  index: number,
  canvas: { pixels: Uint8Array; width: number },
  [left, top]: readonly [number, number],
): void {
  const [, channels, height, width] = images.shape
  const plane = height * width
  for (let pixel = 0; pixel < plane; pixel++) {
    const target = 4 * ((top + Math.floor(pixel / width)) * canvas.width + left + (pixel % width))
    const values = [0, 1, 2].map(
      (c) => images.data[(index * channels + Math.min(c, channels - 1)) * plane + pixel],
    )
    const invalid = values.some(Number.isNaN)
    // a Uint8Array wraps where Math.min and Math.max clamp
    values.forEach((value, c) => {
      const level = Math.round((255 * (value - low)) / (high - low))
      canvas.pixels[target + c] = invalid ? magenta[c] : Math.min(255, Math.max(0, level))
    })
    canvas.pixels[target + 3] = 255
  }
}

function check({ images: { shape }, range = [-1, 1], columns = 1, scale = 1 }: ImageGridOptions): void {
  if (shape.length !== 4 || (shape[1] !== 1 && shape[1] !== 3) || shape.includes(0)) {
    throw new RangeError(
      `imageGrid got images of shape [${shape.join(', ')}], expected [n, 1 or 3, height, width] with at least one image`,
    )
  }
  if (!(range[0] < range[1]))
    throw new RangeError(`imageGrid got range [${range.join(', ')}], expected low < high`)
  if (!Number.isInteger(columns) || columns < 1 || !Number.isInteger(scale) || scale < 1) {
    throw new RangeError(`imageGrid got columns ${columns} and scale ${scale}, expected whole numbers from 1`)
  }
}

function layoutOf({ images, columns: wanted, scale }: ImageGridOptions) {
  const [count, , height, width] = images.shape
  const columns = Math.min(count, wanted ?? Math.ceil(Math.sqrt(count)))
  const rows = Math.ceil(count / columns)
  return {
    columns,
    scale: scale ?? Math.max(1, Math.ceil(smallest / Math.max(height, width))),
    size: { width: columns * (width + gap) - gap, height: rows * (height + gap) - gap },
  }
}

/** Width and height of the grid in its own pixels. */
export function imageGridSize(options: ImageGridOptions): [width: number, height: number] {
  check(options)
  const { scale, size } = layoutOf(options)
  return [size.width * scale, size.height * scale]
}

/**
 * The grid as a PNG file's bytes, RGBA, transparent between images.
 * @throws RangeError when the shape is not [n, 1 or 3, h, w], or the range is empty
 */
export async function imageGridPng(options: ImageGridOptions): Promise<Buffer> {
  check(options)
  const [count, , height, width] = options.images.shape
  const { columns, scale, size } = layoutOf(options)
  const canvas = { pixels: new Uint8Array(4 * size.width * size.height), width: size.width }
  for (let index = 0; index < count; index++) {
    paint(options, index, canvas, [
      (index % columns) * (width + gap),
      Math.floor(index / columns) * (height + gap),
    ])
  }
  return sharp(canvas.pixels, { raw: { ...size, channels: 4 } })
    .resize(size.width * scale, size.height * scale, { kernel: 'nearest' })
    .png({ compressionLevel: 9 })
    .toBuffer()
}

/** The grid of {@link imageGridPng} as a data URI, ready for an image block of a report. */
export const imageGrid = async (options: ImageGridOptions): Promise<string> =>
  `data:image/png;base64,${(await imageGridPng(options)).toString('base64')}`
