// The map behind every linear preconditioner: z = W (x - mean), run in float64 in blocks of rows.
import {
  add,
  cast,
  constant,
  expand,
  matmul,
  mul,
  ndarray,
  reshape,
  sizeOf,
  sub,
  type CompileOptions,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { multiplyOnEngine } from '../linalg/engine-product.ts'
import { matrix, type Matrix } from '../linalg/matrix.ts'
import { mirror } from '../linalg/product.ts'
import type { Restore } from './kind.ts'
import type { FittedPreconditioner, InvertibleGraph, Settings } from './preconditioner.ts'
import { graphPrograms } from './programs.ts'

/** d numbers (a scale a coordinate) or d x d (row-major). */
export interface AffineMap {
  readonly kind: string
  readonly options: Settings
  readonly features: readonly number[]
  readonly mean: Float64Array
  readonly forward: Float64Array
  readonly backward: Float64Array
  /** log |det W|. */
  readonly logDeterminant: number
  readonly description: Settings
}

function times(x: Tensor, map: Float64Array, size: number): Tensor {
  return map.length === size
    ? mul(x, constant(map))
    : matmul(x, constant(map, [size, size]), { transposeB: true })
}

/** The map in float64 inside, float32 outside: a round trip is then exact to the rounding of its ends. */
function affineGraph({ features, mean, forward, backward, logDeterminant }: AffineMap): InvertibleGraph {
  const size = sizeOf(features)
  const wide = (x: Tensor) => reshape(cast(x, 'float64'), [-1, size])
  const like = (y: Tensor, x: Tensor) => reshape(cast(y, 'float32'), x.shape)
  return {
    forward: (x) => like(times(sub(wide(x), constant(mean)), forward, size), x),
    inverse: (z) => like(add(times(wide(z), backward, size), constant(mean)), z),
    logDet: (x) => expand(constant(Float64Array.of(logDeterminant)), [x.shape[0]]),
  }
}

/** W Sigma W^T (Theorem 4.1), exactly symmetric. */
async function mapped(sigma: Matrix, forward: Float64Array, engine: CompileOptions): Promise<Matrix> {
  const d = sigma.rows
  if (forward.length === d) {
    return matrix(
      d,
      d,
      sigma.data.map((value, i) => forward[Math.floor(i / d)] * value * forward[i % d]),
    )
  }
  const w = matrix(d, d, forward)
  const half = await multiplyOnEngine(w, sigma, engine)
  const whole = await multiplyOnEngine(half, w, { ...engine, transposeB: true })
  mirror(whole.data, d)
  return whole
}

/** Linear maps run on the CPU: float64 keeps the round trip exact, and GPUs have no fast float64. */
export function affinePreconditioner(
  map: AffineMap,
  { threads, load }: CompileOptions = {},
): FittedPreconditioner {
  const { kind, options, features, mean, forward, backward } = map
  const size = sizeOf(features)
  const engine: CompileOptions = { device: 'cpu', threads, load }
  return {
    ...graphPrograms({ kind, features, graph: affineGraph(map) }, engine),
    kind,
    options,
    features,
    covarianceAfter: (sigma) => mapped(sigma, forward, engine),
    describe: () => map.description,
    tensors: new Map<string, NdArray>([
      ['mean', ndarray(mean, [size])],
      ['forward', ndarray(forward, forward.length === size ? [size] : [size, size])],
      ['backward', ndarray(backward, backward.length === size ? [size] : [size, size])],
      ['log_determinant', ndarray(Float64Array.of(map.logDeterminant), [1])],
    ]),
  }
}

export const restoreAffine: Restore = ({ kind, options, features, description, tensors }, engine) => {
  const size = sizeOf(features)
  const part = (name: string, lengths: readonly number[]): Float64Array => {
    const data = tensors.get(name)?.data
    if (!(data instanceof Float64Array) || !lengths.includes(data.length)) {
      throw failureError(
        `saved ${kind}: tensor '${name}' is missing or does not fit ${size} features: the folder is damaged, fit again`,
      )
    }
    return data
  }
  return affinePreconditioner(
    {
      kind,
      options,
      features,
      description,
      mean: part('mean', [size]),
      forward: part('forward', [size, size * size]),
      backward: part('backward', [size, size * size]),
      logDeterminant: part('log_determinant', [1])[0],
    },
    engine,
  )
}
