// Products of large float64 matrices on the engine's CPU: about a hundred times as fast as plain loops at n = 4096.
import { float64Of, input, matmul, ndarray, compile, type CompileOptions } from '@whitewater/tensor'
import { matrix, type Matrix } from './matrix.ts'
import { onCpu } from './on-cpu.ts'
import { multiply, multiplyTransposed, transposedMultiply } from './product.ts'

/** Multiply-adds below which starting a session costs more than it saves. */
const LEAST_ENGINE_PRODUCTS = 5e8

export interface ProductOptions {
  /** A^T B instead of A B. */
  readonly transposeA?: boolean
  /** A B^T instead of A B. */
  readonly transposeB?: boolean
  readonly engine?: CompileOptions
}

const plain = (a: Matrix, b: Matrix, transposeA: boolean, transposeB: boolean): Matrix =>
  transposeA ? transposedMultiply(a, b) : transposeB ? multiplyTransposed(a, b) : multiply(a, b)

/**
 * A B, A B^T or A^T B, in float64; agrees with `multiply` to rounding. Runs on the CPU whatever the device, because GPUs have no
 * fast float64.
 * @throws RangeError when the inner extents differ, or for both transposes at once
 */
export async function multiplyOnEngine(
  a: Matrix,
  b: Matrix,
  { transposeA = false, transposeB = false, engine }: ProductOptions = {},
): Promise<Matrix> {
  if (transposeA && transposeB) throw new RangeError('A^T B^T is the transpose of B A: multiply those')
  const rows = transposeA ? a.columns : a.rows
  const columns = transposeB ? b.rows : b.columns
  if (a.rows * a.columns * columns < LEAST_ENGINE_PRODUCTS) return plain(a, b, transposeA, transposeB)
  const x = input('a', [a.rows, a.columns], 'float64')
  const y = input('b', [b.rows, b.columns], 'float64')
  const program = await compile(
    { inputs: [x, y], outputs: { product: matmul(x, y, { transposeA, transposeB }) } },
    onCpu(engine),
  )
  try {
    const { product } = await program.run({
      a: ndarray(a.data, x.shape),
      b: ndarray(b.data, y.shape),
    })
    return matrix(rows, columns, float64Of(product.data))
  } finally {
    await program.dispose()
  }
}
