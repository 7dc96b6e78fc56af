// DCT-spectral whitening: a fixed orthogonal 2-D cosine transform of each channel, then one scale a frequency and channel. Images are
// nearly stationary, so cosines are nearly the eigenvectors of their covariance, and nothing of size d x d is fitted.
import {
  cast,
  constant,
  float64Of,
  matmul,
  mul,
  ndarray,
  reshape,
  sizeOf,
  traced,
  type CompileOptions,
  type Tensor,
} from '@whitewater/tensor'
import { z } from 'zod'
import { blocksOf, flatBlocks } from '../../data/sample-blocks.ts'
import type { SampleBlocks } from '../../data/dataset.ts'
import type { Samples } from '../../linalg/covariance.ts'
import { dctMatrix } from '../../linalg/dct.ts'
import { marginalsOf } from '../../linalg/marginals.ts'
import { onCpu } from '../../linalg/on-cpu.ts'
import { deviationsOf } from './deviations.ts'
import { imageShapeOf, imageShapeOption, type ImageShape } from './image-shape.ts'
import { floorOption, kindOf, type Restore } from '../kind.ts'
import { linearPreconditioner, savedCommon, savedValues, type LinearMap } from './linear.ts'
import { checkFinite } from './moments.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner } from '../preconditioner.ts'

type Domain = 'pixels' | 'frequencies'

export interface DctOptions {
  /** Samples as images, such as 1x28x28; the shape of the data unless given. */
  readonly shape?: string
  /** Where z lives: 'pixels' (unless given) turns the scaled frequencies back, 'frequencies' leaves [channels, vertical, horizontal]. */
  readonly domain?: Domain
  /** Variances below floor x the largest are raised to it; 1e-6 unless given. */
  readonly floor?: number
}

/** The orthogonal transform of every channel, D_h x D_w^T, and its inverse, on rows [n, d] of float64. */
function transformOf([channels, height, width]: ImageShape) {
  const [vertical, horizontal] = [height, width].map((size) => constant(dctMatrix(size).data, [size, size]))
  const images = (x: Tensor) => reshape(x, [-1, channels, height, width])
  const rows = (y: Tensor) => reshape(y, [-1, channels * height * width])
  return {
    forward: (x: Tensor) => rows(matmul(vertical, matmul(images(x), horizontal, { transposeB: true }))),
    backward: (y: Tensor) => rows(matmul(vertical, matmul(images(y), horizontal), { transposeA: true })),
  }
}

interface DctMap extends Omit<LinearMap, 'forward' | 'backward' | 'tensors'> {
  readonly image: ImageShape
  readonly domain: Domain
  /** One per frequency, [d]. */
  readonly deviations: Float64Array
}

function dctPreconditioner(map: DctMap, engine?: CompileOptions): FittedPreconditioner {
  const { deviations, domain, image } = map
  const { forward, backward } = transformOf(image)
  const inverses = deviations.map((value) => 1 / value)
  const spectrum = (z: Tensor) => (domain === 'pixels' ? forward(z) : z)
  const place = (y: Tensor) => (domain === 'pixels' ? backward(y) : y)
  return linearPreconditioner(
    {
      ...map,
      forward: (x) => place(mul(forward(x), constant(inverses))),
      backward: (z) => backward(mul(spectrum(z), constant(deviations))),
      tensors: { deviations: ndarray(deviations, [deviations.length]) },
    },
    engine,
  )
}

/** Frequencies that only the rounding of the transform moves count as constant. */
function withoutRounding(variance: Float64Array, mean: Float64Array): Float64Array {
  const power = variance.reduce((most, value, k) => Math.max(most, value + mean[k] ** 2), 0)
  const rounding = (16 * Number.EPSILON) ** 2 * power
  return variance.map((value) => (value > rounding ? value : 0))
}

/** Mean of each pixel and variance of each frequency, from one pass. */
async function spectrumOf(data: SampleBlocks, image: ImageShape, engine?: CompileOptions) {
  const { forward, backward } = transformOf(image)
  const [there, back] = [forward, backward].map((map) =>
    traced(({ x }) => ({ y: map(cast(x, 'float64')) }), onCpu(engine)),
  )
  async function* frequencies(): AsyncGenerator<Samples> {
    for await (const { data: values, n, d } of flatBlocks(data))
      yield { data: float64Of((await there({ x: ndarray(values, [n, d]) })).y.data), n, d }
  }
  try {
    const { mean, variance } = await marginalsOf(frequencies(), sizeOf(image))
    const pixels = float64Of((await back({ x: ndarray(mean, [1, mean.length]) })).y.data)
    return { mean: pixels, variance: withoutRounding(variance, mean) }
  } finally {
    await there.dispose()
    await back.dispose()
  }
}

async function fitBlocks(
  data: SampleBlocks,
  { shape, domain = 'pixels', floor = 1e-6 }: DctOptions,
  { engine }: FitOptions = {},
): Promise<FittedPreconditioner> {
  const { name } = data
  const features = data.shape.slice(1)
  const image = imageShapeOf('dct', features, shape)
  const { mean, variance } = await spectrumOf(data, image, engine)
  checkFinite(name, mean)
  const { deviations, logDeterminant, floored } = deviationsOf({ name, variance, floor }, 'dct')
  return dctPreconditioner(
    {
      kind: 'dct',
      options: optionsOf({ shape, domain, floor }),
      features,
      mean,
      image,
      domain,
      deviations,
      logDeterminant,
      description: { floor, floored, features: mean.length },
    },
    engine,
  )
}

const optionsOf = ({ shape, domain = 'pixels', floor = 1e-6 }: DctOptions) => ({
  ...(shape !== undefined && { shape }),
  domain,
  floor,
})

/**
 * z = D^T diag(1 / sd) D (x - mean), or diag(1 / sd) D (x - mean) with domain 'frequencies', D the 2-D DCT-II of each channel, sd the
 * deviation of each frequency in the data. In pixels it is a symmetric map like zca and leaves neighbours neighbours; the kappa of both
 * is the same, and it is measured, not 1: what correlates frequencies and channels stays.
 *
 * For images and their latents, also when there are fewer samples than pixels: d numbers are fitted, O(n d (h + w)). Not for data
 * without neighbourhoods, nor where things stand at fixed places (centred digits), whose eigenvectors are no cosines. Exact inverse.
 */
export const dct = (options: DctOptions = {}): Preconditioner => ({
  kind: 'dct',
  options: optionsOf(options),
  mapSize: (dimension) => 2 * dimension,
  fit: (data, fitting) => fitBlocks(blocksOf(data), options, fitting),
  fitBlocks: (data, fitting) => fitBlocks(data, options, fitting),
})

const domainOption = z.enum(['pixels', 'frequencies'])

const restoreDct: Restore = (saved, engine) => {
  const { shape } = saved.options
  const image = imageShapeOf('dct', saved.features, shape === undefined ? undefined : String(shape))
  const domain = domainOption.parse(saved.options.domain)
  const deviations = savedValues(saved, 'deviations', [sizeOf(image)])
  return dctPreconditioner({ ...savedCommon(saved), image, domain, deviations }, engine)
}

export const dctKind = kindOf({
  name: 'dct',
  about:
    'a cosine transform and a scale a frequency: for images and latents [C, H, W], also from few samples; O(n d)',
  images: true,
  options: {
    shape: imageShapeOption,
    domain: domainOption
      .optional()
      .describe('where z lives: pixels (unless given) keeps neighbours, frequencies leaves the spectrum'),
    floor: floorOption,
  },
  make: dct,
  restore: restoreDct,
})
