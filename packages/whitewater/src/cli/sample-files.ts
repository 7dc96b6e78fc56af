// Samples as files: .npy holds the numbers, .png shows images in a grid or points of the plane. What draws is loaded when
// a picture is asked for.
import { dirname, extname } from 'node:path'
import { stat } from 'node:fs/promises'
import { ndarray } from '@whitewater/tensor'
import { writeNpy } from '../data/files.ts'
import { makeFolder, writeFileAtomic } from '../data/write.ts'
import { usageError } from '../errors.ts'
import type { Generated } from '../generator/generator.ts'

/** Writes what was drawn and returns the paths. */
export type SampleWriter = (drawn: Generated) => Promise<string[]>

const isImage = (features: readonly number[]): boolean =>
  features.length === 3 && (features[0] === 1 || features[0] === 3)

async function npy(path: string, { samples, labels }: Generated): Promise<string[]> {
  await writeNpy(path, samples)
  if (!labels) return [path]
  const beside = path.replace(/\.npy$/i, '.labels.npy')
  await writeNpy(beside, ndarray(labels, [labels.length]))
  return [path, beside]
}

async function images(path: string, { samples }: Generated): Promise<string[]> {
  const { imageGridPng } = await import('../report/image-grid.ts')
  await writeFileAtomic(path, await imageGridPng({ images: samples }))
  return [path]
}

async function points(path: string, { samples }: Generated): Promise<string[]> {
  const { scatterFigure } = await import('../report/scatter-figure.ts')
  const { svgToPng } = await import('../report/png.ts')
  const svg = scatterFigure({
    panels: [{ title: 'samples', points: samples.data }],
    axisLabels: ['x₁', 'x₂'],
    most: 10_000,
  })
  await writeFileAtomic(path, svgToPng(svg))
  return [path]
}

function writerFor(
  path: string,
  features: readonly number[],
): (path: string, drawn: Generated) => Promise<string[]> {
  const ending = extname(path).toLowerCase()
  if (ending === '.npy') return npy
  if (ending !== '.png') throw usageError(`cannot write ${path}: expected a name that ends in .npy or .png`)
  if (isImage(features)) return images
  if (features.length === 1 && features[0] === 2) return points
  throw usageError(
    `samples of shape [${features.join(', ')}] are neither images nor points of the plane: write them to a .npy file`,
  )
}

/**
 * The way to write samples of these features to a path, checked before anything is drawn.
 * @throws WhitewaterError (usage) for an ending that is neither, or samples that no picture shows
 */
export function sampleWriter(path: string, features: readonly number[]): SampleWriter {
  const write = writerFor(path, features)
  return async (drawn) => {
    if (!(await stat(dirname(path)).catch(() => undefined))) await makeFolder(dirname(path))
    return write(path, drawn)
  }
}
