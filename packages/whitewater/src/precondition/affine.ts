// The map behind every linear preconditioner: z = W (x - mean), run in float64 in blocks of rows.
import {
  add,
  cast,
  constant,
  matmul,
  mul,
  ndarray,
  sizeOf,
  sub,
  traced,
  type CompileOptions,
  type NdArray,
  type Tensor,
  type Traced,
} from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { multiplyOnEngine } from '../linalg/engine-product.ts'
import { matrix, type Matrix } from '../linalg/matrix.ts'
import { mirror } from '../linalg/product.ts'
import { checkFeatures, type FittedPreconditioner, type Samples, type Settings } from './preconditioner.ts'

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

/** Rows a block: bounds memory at 2 x 8 bytes a value while the product stays large enough to be fast. */
const BLOCK = 4096

function times(x: Tensor, map: Float64Array, size: number): Tensor {
  return map.length === size
    ? mul(x, constant(map))
    : matmul(x, constant(map, [size, size]), { transposeB: true })
}

/** Applies a traced map [n, d] -> [n, d] block by block. */
async function inBlocks(run: Traced, x: Samples, size: number): Promise<Samples> {
  const result = new Float32Array(x.data.length)
  const count = x.shape[0]
  for (let start = 0; start < count; start += BLOCK) {
    const rows = Math.min(BLOCK, count - start)
    const part = ndarray(x.data.subarray(start * size, (start + rows) * size), [rows, size])
    const { y } = await run({ x: part })
    if (y.data instanceof Float32Array) result.set(y.data, start * size)
  }
  return ndarray(result, x.shape)
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
  const centre = () => constant(mean)
  const whiten = traced(
    ({ x }) => ({ y: cast(times(sub(cast(x, 'float64'), centre()), forward, size), 'float32') }),
    engine,
  )
  const colour = traced(
    ({ x }) => ({ y: cast(add(times(cast(x, 'float64'), backward, size), centre()), 'float32') }),
    engine,
  )
  const apply = (run: Traced) => (x: Samples) => {
    checkFeatures({ kind, features }, x)
    return inBlocks(run, x, size)
  }
  return {
    kind,
    options,
    features,
    transform: apply(whiten),
    invert: apply(colour),
    logDet: (x) => Promise.resolve(new Float64Array(x.shape[0]).fill(map.logDeterminant)),
    covarianceAfter: (sigma) => mapped(sigma, forward, engine),
    describe: () => map.description,
    tensors: new Map<string, NdArray>([
      ['mean', ndarray(mean, [size])],
      ['forward', ndarray(forward, forward.length === size ? [size] : [size, size])],
      ['backward', ndarray(backward, backward.length === size ? [size] : [size, size])],
      ['log_determinant', ndarray(Float64Array.of(map.logDeterminant), [1])],
    ]),
    dispose: async () => {
      await whiten.dispose()
      await colour.dispose()
    },
  }
}

/** A saved linear map. */
export interface Saved {
  readonly kind: string
  readonly options: Settings
  readonly features: readonly number[]
  readonly description: Settings
  readonly tensors: ReadonlyMap<string, NdArray>
}

export function restoreAffine(
  { kind, options, features, description, tensors }: Saved,
  engine?: CompileOptions,
): FittedPreconditioner {
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
