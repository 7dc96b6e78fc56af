// Products of large float64 matrices on the engine's CPU: about a hundred times as fast as plain loops at n = 4096.
import { input, matmul, ndarray, compile, type CompileOptions } from '@whitewater/tensor'
import { matrix, type Matrix } from './matrix.ts'
import { multiply, multiplyTransposed } from './product.ts'

/** Multiply-adds below which starting a session costs more than it saves. */
const WORTHWHILE = 5e8

export interface ProductOptions extends CompileOptions {
  /** A B^T instead of A B. */
  readonly transposeB?: boolean
}

/**
 * A B, or A B^T, in float64; agrees with `multiply` to rounding. Runs on the CPU whatever the device, because GPUs have no
 * fast float64.
 * @throws RangeError when the inner extents differ
 */
export async function multiplyOnEngine(
  a: Matrix,
  b: Matrix,
  { transposeB = false, threads, load }: ProductOptions = {},
): Promise<Matrix> {
  const columns = transposeB ? b.rows : b.columns
  if (a.rows * a.columns * columns < WORTHWHILE) return transposeB ? multiplyTransposed(a, b) : multiply(a, b)
  const x = input('a', [a.rows, a.columns], 'float64')
  const y = input('b', [b.rows, b.columns], 'float64')
  const program = await compile(
    { inputs: [x, y], outputs: { product: matmul(x, y, { transposeB }) } },
    { device: 'cpu', threads, load },
  )
  try {
    const { product } = await program.run({
      a: ndarray(a.data, x.shape),
      b: ndarray(b.data, y.shape),
    })
    if (!(product.data instanceof Float64Array))
      throw new TypeError('a float64 product came back as another type')
    return matrix(a.rows, columns, product.data)
  } finally {
    await program.dispose()
  }
}
