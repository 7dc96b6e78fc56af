// What every linear preconditioner shares: z = W (x - mean) and its inverse, given how W and W^-1 multiply rows.
import {
  add,
  cast,
  constant,
  expand,
  float64Of,
  ndarray,
  reshape,
  sizeOf,
  sub,
  traced,
  transpose,
  type CompileOptions,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import { failureError } from '../../errors.ts'
import { matrix, type Matrix } from '../../linalg/matrix.ts'
import { onCpu } from '../../linalg/on-cpu.ts'
import { rowsPerBlock } from '../../linalg/moments.ts'
import { mirror } from '../../linalg/product.ts'
import type { Saved } from '../kind.ts'
import type { FittedPreconditioner, InvertibleGraph, Settings } from '../preconditioner.ts'
import { graphPrograms } from '../programs.ts'

export interface LinearMap {
  readonly kind: string
  readonly options: Settings
  readonly features: readonly number[]
  /** [d] */
  readonly mean: Float64Array
  /** W of each row, [n, d] to [n, d], float64. */
  readonly forward: (x: Tensor) => Tensor
  /** W^-1 of each row. */
  readonly backward: (z: Tensor) => Tensor
  /** log |det W|. */
  readonly logDeterminant: number
  readonly description: Settings
  /** What the two directions are made from, by name. */
  readonly tensors: Readonly<Record<string, NdArray>>
}

/** The map in float64 inside, float32 outside: a round trip is then exact to the rounding of its ends. */
function graphOf({ features, mean, forward, backward, logDeterminant }: LinearMap): InvertibleGraph {
  const size = sizeOf(features)
  const wide = (x: Tensor) => reshape(cast(x, 'float64'), [-1, size])
  const like = (y: Tensor, x: Tensor) => reshape(cast(y, 'float32'), x.shape)
  return {
    forward: (x) => like(forward(sub(wide(x), constant(mean))), x),
    inverse: (z) => like(add(backward(wide(z)), constant(mean)), z),
    logDet: (x) => expand(constant(Float64Array.of(logDeterminant)), [x.shape[0]]),
  }
}

/** W Sigma W^T (Theorem 4.1), exactly symmetric: W times the rows of Sigma, and again times the columns of that. */
async function mapped(sigma: Matrix, { forward }: LinearMap, engine: CompileOptions): Promise<Matrix> {
  const d = sigma.rows
  const run = traced(({ s }) => ({ y: forward(transpose(forward(s))) }), engine)
  try {
    const { y } = await run({ s: ndarray(sigma.data, [d, d]) })
    const after = float64Of(y.data)
    mirror(after, d)
    return matrix(d, d, after)
  } finally {
    await run.dispose()
  }
}

/** Linear maps run on the CPU: float64 keeps the round trip exact, and GPUs have no fast float64. */
export function linearPreconditioner(map: LinearMap, engine?: CompileOptions): FittedPreconditioner {
  const { kind, options, features, mean, description, logDeterminant } = map
  const size = sizeOf(features)
  const cpu = onCpu(engine)
  return {
    ...graphPrograms({ kind, features, graph: graphOf(map), block: rowsPerBlock(size) }, cpu),
    kind,
    options,
    features,
    covarianceAfter: (sigma) => mapped(sigma, map, cpu),
    describe: () => description,
    tensors: new Map<string, NdArray>([
      ['mean', ndarray(mean, [size])],
      ...Object.entries(map.tensors),
      ['log_determinant', ndarray(Float64Array.of(logDeterminant), [1])],
    ]),
  }
}

/**
 * A saved float64 tensor.
 * @param lengths that it may have
 * @throws WhitewaterError (failure) when it is missing or has another length
 */
export function savedValues(
  { kind, features, tensors }: Saved,
  name: string,
  lengths: readonly number[],
): Float64Array {
  const data = tensors.get(name)?.data
  if (data instanceof Float64Array && lengths.includes(data.length)) return data
  throw failureError(
    `saved ${kind}: tensor '${name}' is missing or does not fit ${sizeOf(features)} features: the folder is damaged, fit again`,
  )
}

/** What every saved linear map has. */
export const savedCommon = (saved: Saved) => ({
  kind: saved.kind,
  options: saved.options,
  features: saved.features,
  description: saved.description,
  mean: savedValues(saved, 'mean', [sizeOf(saved.features)]),
  logDeterminant: savedValues(saved, 'log_determinant', [1])[0],
})
