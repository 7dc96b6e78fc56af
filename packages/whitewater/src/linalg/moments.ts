// Mean and covariance as `covariance` has them, with the products on the engine where there is enough to multiply.
import { cast, constant, matmul, ndarray, sub, traced, type CompileOptions } from '@whitewater/tensor'
import { covariance, mean, type Moments, type Samples } from './covariance.ts'
import { matrix } from './matrix.ts'

/** Multiply-adds below which starting a session costs more than it saves. */
const WORTHWHILE = 5e8

const BLOCK = 4096

/**
 * Mean [d] and covariance [d, d] (divisor n - 1) in float64; agrees with `covariance` to rounding, several times faster for
 * large d. The engine's CPU is used whatever the device, because GPUs have no fast float64.
 * @throws WhitewaterError (usage) for fewer than 2 samples
 */
export async function covarianceOf(
  samples: Samples,
  { threads, load }: CompileOptions = {},
): Promise<Moments> {
  const { data, n, d } = samples
  if (n * d * d < WORTHWHILE || !(data instanceof Float32Array)) return covariance(samples)
  const centre = mean(samples)
  const result = matrix(d, d)
  const program = traced(
    ({ x }) => {
      const centred = sub(cast(x, 'float64'), constant(centre))
      return { product: matmul(centred, centred, { transposeA: true }) }
    },
    { device: 'cpu', threads, load },
  )
  try {
    for (let start = 0; start < n; start += BLOCK) {
      const rows = Math.min(BLOCK, n - start)
      const x = ndarray(data.subarray(start * d, (start + rows) * d), [rows, d])
      const { product } = await program({ x })
      for (let i = 0; i < result.data.length; i++) result.data[i] += Number(product.data[i]) / (n - 1)
    }
  } finally {
    await program.dispose()
  }
  return { mean: centre, covariance: result }
}
