// The Gaussian mixture of section 3.3 of the paper: components of equal weight on a sphere, each ill-conditioned along its own axes.
import { ndarray, type NdArray, type RandomStream } from '@whitewater/tensor'
import { checkInteger, checkNumber } from '../check.ts'
import type { Dataset, DatasetOptions, DatasetSource } from '../dataset.ts'
import { addGaussian, covarianceOf, randomRotation, spectrum } from './rotation.ts'
import { DEFAULT_SAMPLES, distributionStream, sampleStream } from './streams.ts'

/** Distance of the means from the origin; a component's largest standard deviation is 1. */
const MEAN_RADIUS = 4

/** sum_k weights[k] N(means[k], covariances[k]). */
export interface MixtureParameters {
  readonly weights: Float64Array
  /** [components, d]. */
  readonly means: NdArray<Float64Array>
  /** One [d, d] a component. */
  readonly covariances: readonly NdArray<Float64Array>[]
}

interface Components {
  readonly dimension: number
  readonly means: readonly Float64Array[]
  readonly eigenvalues: Float64Array
  readonly rotations: readonly NdArray<Float64Array>[]
}

type Shape = Pick<DatasetOptions, 'components' | 'dimension' | 'conditionNumber' | 'seed'>

/** In the plane evenly round the circle, so that few components do not overlap; in higher dimensions at random. */
function meanOf(k: number, count: number, dimension: number, stream: RandomStream): Float64Array {
  const direction =
    dimension === 2
      ? Float64Array.of(Math.cos((2 * Math.PI * k) / count), Math.sin((2 * Math.PI * k) / count))
      : Float64Array.from(stream.normal(dimension))
  return direction.map((value) => (MEAN_RADIUS * value) / Math.hypot(...direction))
}

function componentsOf(options: Shape): Components {
  const { components: count = 4, dimension = 2, conditionNumber = 100 } = options
  checkInteger('components', count, 1)
  checkInteger('dimension', dimension, 2)
  checkNumber('conditionNumber', conditionNumber, 1)
  const stream = distributionStream('mixture', options)
  const indices = Array.from({ length: count }, (_, k) => k)
  return {
    dimension,
    means: indices.map((k) => meanOf(k, count, dimension, stream)),
    eigenvalues: spectrum(dimension, conditionNumber),
    rotations: indices.map(() => randomRotation(dimension, stream)),
  }
}

/** The exact mixture that `mixture` samples under the same components (4), dimension (2), conditionNumber (100) and seed (0). */
export function mixtureParameters(options: Shape = {}): MixtureParameters {
  const { dimension, means, eigenvalues, rotations } = componentsOf(options)
  const flat = means.flatMap((mean) => [...mean])
  return {
    weights: new Float64Array(means.length).fill(1 / means.length),
    means: ndarray(Float64Array.from(flat), [means.length, dimension]),
    covariances: rotations.map((rotation) => covarianceOf(eigenvalues, rotation)),
  }
}

function load(options: DatasetOptions): Dataset {
  const { dimension, means, eigenvalues, rotations } = componentsOf(options)
  const count = options.samples ?? DEFAULT_SAMPLES
  const stream = sampleStream('mixture', options)
  const labels = stream.integers(count, means.length)
  const noise = stream.normal(count * dimension)
  const samples = new Float32Array(noise.length)
  for (let i = 0; i < count; i++) {
    const x = samples.subarray(i * dimension, (i + 1) * dimension)
    x.set(means[labels[i]])
    addGaussian(x, noise.subarray(i * dimension, (i + 1) * dimension), eigenvalues, rotations[labels[i]])
  }
  return { name: 'mixture', samples: ndarray(samples, [count, dimension]), labels, classes: means.length }
}

/** Gaussian mixture, [samples, dimension = 2], labels are the components (4), each of condition number 100. */
export const mixture: DatasetSource = {
  options: ['components', 'dimension', 'conditionNumber', 'split'],
  load,
}
