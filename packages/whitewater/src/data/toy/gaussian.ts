// The anisotropic Gaussian N(0, Sigma) of section 3.1 of the paper: a geometric spectrum in randomly rotated axes.
import { ndarray, type NdArray } from '@whitewater/tensor'
import { checkInteger, checkNumber } from '../check.ts'
import type { Dataset, DatasetOptions, DatasetSource } from '../dataset.ts'
import { addGaussian, covarianceOf, randomRotation, spectrum } from './rotation.ts'
import { DEFAULT_SAMPLES, distributionStream, sampleStream } from './streams.ts'

interface Axes {
  readonly dimension: number
  /** Descending from 1 to 1 / conditionNumber. */
  readonly eigenvalues: Float64Array
  /** [d, d], an eigenvector a row. */
  readonly rotation: NdArray<Float64Array>
}

function axesOf(options: DatasetOptions): Axes {
  const { dimension = 8, conditionNumber = 1e4 } = options
  checkInteger('dimension', dimension, 2)
  checkNumber('conditionNumber', conditionNumber, 1)
  return {
    dimension,
    eigenvalues: spectrum(dimension, conditionNumber),
    rotation: randomRotation(dimension, distributionStream('gaussian', options)),
  }
}

/** The exact covariance [d, d] that `gaussian` samples under the same dimension (8), conditionNumber (1e4) and seed (0). */
export function gaussianCovariance(
  options: Pick<DatasetOptions, 'dimension' | 'conditionNumber' | 'seed'> = {},
): NdArray<Float64Array> {
  const { eigenvalues, rotation } = axesOf(options)
  return covarianceOf(eigenvalues, rotation)
}

function load(options: DatasetOptions): Dataset {
  const { dimension, eigenvalues, rotation } = axesOf(options)
  const count = options.samples ?? DEFAULT_SAMPLES
  const noise = sampleStream('gaussian', options).normal(count * dimension)
  const samples = new Float32Array(noise.length)
  for (let at = 0; at < samples.length; at += dimension) {
    addGaussian(
      samples.subarray(at, at + dimension),
      noise.subarray(at, at + dimension),
      eigenvalues,
      rotation,
    )
  }
  return { name: 'gaussian', samples: ndarray(samples, [count, dimension]) }
}

/** N(0, Sigma), [samples, dimension = 8], largest eigenvalue 1, condition number 1e4. */
export const gaussian: DatasetSource = { options: ['dimension', 'conditionNumber', 'split'], load }
