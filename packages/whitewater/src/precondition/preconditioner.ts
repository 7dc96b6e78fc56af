// What a preconditioner is: an invertible map P fitted to data, so that the flow is trained in an even space (Algorithm 1).
import {
  ndarray,
  sameShape,
  sizeOf,
  type CompileOptions,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import type { Dataset, SampleBlocks } from '../data/dataset.ts'
import { WhitewaterError } from '../errors.ts'
import type { Matrix } from '../linalg/matrix.ts'
import type { DataMoments } from './linear/moments.ts'

export type Samples = NdArray<Float32Array>

export type Settings = Readonly<Record<string, number | string | boolean>>

/** How to fit one: plain data but for `fit`. */
export interface Preconditioner {
  readonly kind: string
  readonly options: Settings
  /** Whether it maps each sample by its class, so that data without labels is refused. */
  readonly needsLabels?: boolean
  /** Numbers that a fitted map holds, where they can be more than two d x d matrices. */
  mapSize?(dimension: number, classes: number): number
  /** Fits P to the dataset's samples (and labels, where it depends on them). */
  fit(data: Dataset, options?: FitOptions): Promise<FittedPreconditioner>
  /** The same fit from samples in blocks, which need not all be in memory; there where it reads them a few times, one after the other. */
  fitBlocks?(data: SampleBlocks, options?: FitOptions): Promise<FittedPreconditioner>
  /** The same fit from the data's mean and covariance, where P depends on nothing else: data larger than memory can be fitted. */
  fitMoments?(moments: DataMoments, options?: FitOptions): Promise<FittedPreconditioner>
}

/** One whose map depends on the data's mean and covariance alone. */
export type FromMoments = Preconditioner & Required<Pick<Preconditioner, 'fitMoments'>>

export const isFromMoments = (one: Preconditioner): one is FromMoments => one.fitMoments !== undefined

export interface FitProgress {
  /** Kind of the map that is fitted. */
  readonly kind: string
  readonly step: number
  readonly steps: number
  readonly loss?: number
}

/** Looks at a map while it is trained. */
export interface FitLooks {
  /** After which shares of all steps, 0 to 1. */
  readonly at: readonly number[]
  /** Given P as it is then; it is only lent, and training waits. */
  take(transform: FittedPreconditioner['transform'], step: number): Promise<void>
}

export interface FitOptions {
  readonly seed?: number
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  /** Told how far a map that is trained has come. */
  readonly onProgress?: (progress: FitProgress) => void
  /** Looks at maps while they are trained; the others have nothing to look at. */
  readonly looks?: FitLooks
  /** Stops a map that is trained; the fit is then rejected with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * P and its inverse as graphs: what programs and exported files are traced from. Rows are independent; x and z are float32
 * [n, ...features], labels int32 [n]. What needs more precision casts inside.
 */
export interface InvertibleGraph {
  /** z = P(x). */
  forward(x: Tensor, labels?: Tensor): Tensor
  /** x = P^-1(z). */
  inverse(z: Tensor, labels?: Tensor): Tensor
  /** log |det dP/dx| at x, [n], float32 or float64; where P has one. */
  readonly logDet?: (x: Tensor, labels?: Tensor) => Tensor
}

/** Parts of the data that P tells apart by itself, and maps each by a map of its own (appendix F.2 without given labels). */
export interface Components {
  /** Components of each class; the label of component c of class y is y * perClass + c, and P's labels are these. */
  readonly perClass: number
  /** Component label of each sample, [count]; `labels` are the classes where the data has them. */
  assign(x: Samples, labels?: Int32Array): Promise<Int32Array>
}

/** An invertible map on samples of shape [count, ...features]; both directions keep that shape. */
export interface FittedPreconditioner {
  readonly kind: string
  readonly options: Settings
  /** Shape of one sample. */
  readonly features: readonly number[]
  readonly graph: InvertibleGraph
  /** x~ = P(x): towards zero mean and unit covariance. */
  transform(x: Samples, labels?: Int32Array): Promise<Samples>
  /** x = P^-1(x~). */
  invert(x: Samples, labels?: Int32Array): Promise<Samples>
  /** log |det dP/dx| of each sample [count], where P has one. */
  readonly logDet?: (x: Samples, labels?: Int32Array) => Promise<Float64Array>
  /** Covariance of P(x), W Sigma W^T (Theorem 4.1), where P is linear: O(d^3) instead of a pass over the data. */
  readonly covarianceAfter?: (sigma: Matrix) => Promise<Matrix>
  /** Where P sorts samples into components; the labels of all other methods are then component labels. */
  readonly components?: Components
  /** Evaluations of P's own network that `invert` last took a sample; absent where it needs none. */
  readonly evaluations?: () => number
  /** What a reader should know: floors that were hit, parameters, solver steps. */
  describe(): Settings
  /** All that `restore` needs beside kind and options. */
  readonly tensors: ReadonlyMap<string, NdArray>
  dispose(): Promise<void>
}

/** @throws WhitewaterError when samples do not have the shape that P was fitted to */
export function checkFeatures(
  { kind, features }: { kind: string; features: readonly number[] },
  x: Samples,
): void {
  const given = x.shape.slice(1)
  if (sameShape(given, features)) return
  throw new WhitewaterError(
    'usage',
    `${kind} was fitted to samples of shape [${features.join(', ')}], got [${given.join(', ')}]: use the data it was fitted to, or fit again`,
  )
}

/** How far P^-1(P(x)) is from x, relative to |x|, both in the Euclidean norm over all samples. */
export async function roundTripError(
  fitted: FittedPreconditioner,
  x: Samples,
  labels?: Int32Array,
  most = 2048,
): Promise<number> {
  const count = Math.min(most, x.shape[0])
  const size = sizeOf(fitted.features)
  const part = ndarray(x.data.subarray(0, count * size), [count, ...fitted.features])
  const classes = labels?.subarray(0, count)
  const back = await fitted.invert(await fitted.transform(part, classes), classes)
  let error = 0
  let norm = 0
  for (let i = 0; i < part.data.length; i++) {
    error += (back.data[i] - part.data[i]) ** 2
    norm += part.data[i] ** 2
  }
  return Math.sqrt(error / Math.max(norm, Number.MIN_VALUE))
}
