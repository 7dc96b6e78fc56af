// Dense float64 matrices: a flat row-major array and two extents. Everything else in this room works on these.

export interface Matrix {
  readonly data: Float64Array
  readonly rows: number
  readonly columns: number
}

/** A rows x columns matrix over `data` (row-major, not copied), zeros when `data` is absent. */
export function matrix(
  rows: number,
  columns: number,
  data: Float64Array = new Float64Array(rows * columns),
): Matrix {
  if (data.length !== rows * columns) {
    throw new RangeError(`${data.length} elements do not fill a ${rows} x ${columns} matrix`)
  }
  return { data, rows, columns }
}

export function diagonal(values: ArrayLike<number>): Matrix {
  const n = values.length
  const result = matrix(n, n)
  for (let i = 0; i < n; i++) result.data[i * n + i] = values[i]
  return result
}

export const identity = (n: number): Matrix => diagonal(new Float64Array(n).fill(1))

export function transpose({ data, rows, columns }: Matrix): Matrix {
  const result = matrix(columns, rows)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result.data[j * rows + i] = data[i * columns + j]
  }
  return result
}

/** The first `count` columns, in a matrix of their own. */
export function leadingColumns({ data, rows, columns }: Matrix, count: number): Matrix {
  const result = matrix(rows, count)
  for (let i = 0; i < rows; i++) result.data.set(data.subarray(i * columns, i * columns + count), i * count)
  return result
}

/** alpha A + beta B, entry by entry. */
export function combine(alpha: number, a: Matrix, beta: number, b: Matrix): Matrix {
  if (a.rows !== b.rows || a.columns !== b.columns) {
    throw new RangeError(`cannot add a ${a.rows} x ${a.columns} and a ${b.rows} x ${b.columns} matrix`)
  }
  return matrix(
    a.rows,
    a.columns,
    a.data.map((value, index) => alpha * value + beta * b.data[index]),
  )
}

export function trace(a: Matrix): number {
  let sum = 0
  for (let i = 0; i < requireSquare(a, 'trace'); i++) sum += a.data[i * a.columns + i]
  return sum
}

/** Largest absolute entry of A - B; Infinity when the shapes differ or an entry is NaN. */
export function largestDifference(a: Matrix, b: Matrix): number {
  if (a.rows !== b.rows || a.columns !== b.columns) return Infinity
  let largest = 0
  for (let i = 0; i < a.data.length; i++) {
    const difference = Math.abs(a.data[i] - b.data[i])
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}

/** The order n of a square matrix. */
export function requireSquare({ rows, columns }: Matrix, operation: string): number {
  if (rows !== columns) throw new RangeError(`${operation} needs a square matrix, got ${rows} x ${columns}`)
  return rows
}
