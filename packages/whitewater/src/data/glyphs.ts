// Handwritten-looking digits drawn from skeletons of our own: real image data at any size, without a download.
import { ndarray } from '@whitewater/tensor'
import { checkInteger, checkNumber } from './check.ts'
import type { Dataset, DatasetOptions, DatasetSource } from './dataset.ts'
import { addSegments, rasterise } from './raster.ts'
import { skeletons, type Skeleton } from './strokes.ts'
import { DEFAULT_SAMPLES, sampleStream } from './toy/streams.ts'

/** Uniforms that pose one glyph, and normals that shake its points (more than any skeleton has coordinates). */
const POSE_UNIFORMS = 16
const SHAKE_NORMALS = 64

/** How a hand differs from the skeleton, drawn from uniforms in [0, 1). */
function poseOf(u: Float32Array): {
  move: (x: number, y: number) => readonly [number, number]
  thickness: number
  ink: number
} {
  const between = (i: number, low: number, high: number): number => low + (high - low) * u[i]
  // The sum of two uniforms keeps most hands upright and some far from it.
  const angle = between(0, -0.14, 0.14) + between(1, -0.14, 0.14)
  const shear = between(2, -0.2, 0.2) + between(3, -0.2, 0.2)
  const width = between(4, 0.72, 1.05)
  const height = between(5, 0.8, 1)
  const shiftX = between(6, -0.05, 0.05)
  const shiftY = between(7, -0.03, 0.03)
  const waveX = between(8, 0, 0.06)
  const phaseX = between(9, 0, 2 * Math.PI)
  const waveY = between(10, 0, 0.05)
  const phaseY = between(11, 0, 2 * Math.PI)
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const move = (x: number, y: number): readonly [number, number] => {
    const bentX = (x - 0.5 + waveX * Math.sin(5 * y + phaseX)) * width - shear * (y - 0.5)
    const bentY = (y - 0.5 + waveY * Math.sin(5 * x + phaseY)) * height
    return [0.5 + shiftX + cos * bentX - sin * bentY, 0.5 + shiftY + sin * bentX + cos * bentY]
  }
  return { move, thickness: between(12, 0.06, 0.13), ink: between(13, 0.8, 1) }
}

const points = new Float64Array(SHAKE_NORMALS)
const segments = new Float64Array(4 * 6 * SHAKE_NORMALS)

/** Draws one glyph into `out` [resolution, resolution], values -1 (paper) to 1 (ink). */
function draw(
  ways: readonly Skeleton[],
  pose: Float32Array,
  shakes: Float32Array,
  resolution: number,
  out: Float32Array,
): void {
  const { move, thickness, ink } = poseOf(pose)
  let used = 0
  let shake = 0
  for (const stroke of ways[Math.floor(pose[14] * ways.length)]) {
    for (let i = 0; i < stroke.points.length; i += 2) {
      const x = stroke.points[i] + 0.012 * shakes[shake++]
      const y = stroke.points[i + 1] + 0.012 * shakes[shake++]
      ;[points[i], points[i + 1]] = move(x, y)
    }
    used = addSegments(stroke, points, segments, used)
  }
  rasterise(segments, used, thickness, resolution, out)
  for (let i = 0; i < out.length; i++) out[i] = 2 * ink * out[i] - 1
}

function load(options: DatasetOptions): Dataset {
  const { samples: count = DEFAULT_SAMPLES, resolution = 16, noise = 0.02 } = options
  checkInteger('resolution', resolution, 4)
  checkNumber('noise', noise, 0)
  // A stream for each quantity: a larger dataset begins with the smaller one, and noise does not change the shapes.
  const stream = sampleStream('glyphs', options)
  const labels = stream.split('labels').integers(count, skeletons.length)
  const poses = stream.split('poses').uniform(count * POSE_UNIFORMS)
  const shakes = stream.split('shakes').normal(count * SHAKE_NORMALS)
  const size = resolution * resolution
  const samples = new Float32Array(count * size)
  for (let i = 0; i < count; i++) {
    const pose = poses.subarray(i * POSE_UNIFORMS, (i + 1) * POSE_UNIFORMS)
    const image = samples.subarray(i * size, (i + 1) * size)
    draw(
      skeletons[labels[i]],
      pose,
      shakes.subarray(i * SHAKE_NORMALS, (i + 1) * SHAKE_NORMALS),
      resolution,
      image,
    )
  }
  if (noise > 0) addNoise(samples, stream.split('noise').normal(samples.length), noise)
  const array = ndarray(samples, [count, 1, resolution, resolution])
  return { name: 'glyphs', samples: array, labels, classes: skeletons.length }
}

function addNoise(samples: Float32Array, normals: Float32Array, noise: number): void {
  for (let i = 0; i < samples.length; i++)
    samples[i] = Math.max(-1, Math.min(1, samples[i] + noise * normals[i]))
}

/** Digits 0-9 [samples, 1, resolution = 16, 16] in [-1, 1], background -1, ten labels; pixel noise 0.02. */
export const glyphs: DatasetSource = { options: ['resolution', 'noise', 'split'], load }
