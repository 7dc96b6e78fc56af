// Samples of every row beside real images, and what the autoencoder makes of images.
import { ndarray, sizeOf, type NdArray } from '@whitewater/tensor'
import type { Block } from '../../report/document.ts'
import { galleryFigure, type GalleryPanel } from '../../report/gallery-figure.ts'
import { imageGrid, imageGridSize } from '../../report/image-grid.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { final, type Entry } from './entries.ts'
import type { Pictures, Prepared } from './result.ts'
import { imagesOf } from './shared.ts'
import { countSaid } from './table.ts'

/** Rows of a picture of samples, one a class. */
const CLASSES = 10
/** Originals beside each other, above their reconstructions. */
const PAIRS = 20

const grid = (images: NdArray<Float32Array>, columns: number) => ({ images, columns, scale: 1 })

const frechetSaid = (value: number): string => `FID ${formatNumber(value, 3)}`

/** Real images, what the autoencoder makes of them, and each row's samples with its FID; nothing where no row has pictures. */
export async function samplesBlock(
  entries: readonly Entry[],
  { originals, reconstructions, floor }: Prepared,
): Promise<Block[]> {
  const drawn = entries.flatMap((entry) => {
    const pictures = entry.runs.find(({ result }) => result.pictures)?.result.pictures
    return pictures ? [{ entry, pictures }] : []
  })
  if (drawn.length === 0) return []
  const columns = drawn[0].pictures.shape[0] / CLASSES
  const shown = [
    { title: 'held-out images', pictures: originals },
    {
      title: 'their reconstructions',
      pictures: reconstructions,
      caption: frechetSaid(floor.reconstructed.frechet),
    },
    ...drawn.map(({ entry, pictures }) => ({
      title: entry.row.name,
      pictures,
      caption: frechetSaid(final(entry, 'frechet').mean),
    })),
  ]
  const panels = await Promise.all(
    shown.map(async ({ pictures, ...one }): Promise<GalleryPanel> => {
      return { ...one, source: await imageGrid(grid(imagesOf(pictures), columns)) }
    }),
  )
  return [
    {
      kind: 'figure',
      name: 'samples',
      svg: galleryFigure({
        label: 'Held-out images, their reconstructions, and samples of every row, a class a line',
        panels,
        size: imageGridSize(grid(imagesOf(drawn[0].pictures), columns)),
      }),
      caption:
        'Held-out images, their reconstructions (FID: of as many training images, reconstructed), and samples of each row at the end of its training: a class a line. The same noise for all rows; first seed; none picked by hand.',
    },
  ]
}

/** A line of originals, the line of their reconstructions, and so on. */
function interleaved(originals: Pictures, reconstructions: Pictures): NdArray<Float32Array> {
  const [first, second] = [originals, reconstructions].map(imagesOf)
  const [count, ...shape] = first.shape
  const columns = Math.min(PAIRS, count)
  const line = columns * sizeOf(shape)
  const lines = Math.floor(count / columns)
  const data = new Float32Array(2 * lines * line)
  for (let k = 0; k < lines; k++) {
    data.set(first.data.subarray(k * line, (k + 1) * line), 2 * k * line)
    data.set(second.data.subarray(k * line, (k + 1) * line), (2 * k + 1) * line)
  }
  return ndarray(data, [2 * lines * columns, ...shape])
}

export async function reconstructionBlock({
  originals,
  reconstructions,
  autoencoder,
  images,
}: Prepared): Promise<Block> {
  const pairs = grid(interleaved(originals, reconstructions), PAIRS)
  const { latent, parameters, epochs, seconds, meanSquaredError, peakSignalToNoise } = autoencoder
  const title = 'Held-out images, each line above its reconstructions'
  return {
    kind: 'figure',
    name: 'reconstructions',
    svg: galleryFigure({
      label: title,
      panels: [{ title, source: await imageGrid(pairs) }],
      size: imageGridSize(pairs),
      columns: 1,
    }),
    caption: `What the latents [${latent.join(', ')}] keep: mean squared error ${formatNumber(meanSquaredError, 3)} a pixel in [−1, 1] (${formatNumber(peakSignalToNoise, 3)} dB) over ${formatInteger(images.test)} held-out images. ${countSaid(parameters)} weights, ${formatNumber(epochs, 2)} epochs, ${formatInteger(seconds)} s on the clock; the same autoencoder for all rows.`,
  }
}
