// Values on the host: a flat typed array in row-major order, and its shape.

export type DType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool'

/** Typed array that holds each dtype; bool is one byte an element, 0 or 1. */
export interface DataOf {
  float32: Float32Array
  float64: Float64Array
  int32: Int32Array
  int64: BigInt64Array
  bool: Uint8Array
}

export type Data = DataOf[DType]

export type Shape = readonly number[]

export interface NdArray<D extends Data = Data> {
  readonly data: D
  readonly shape: Shape
}

/** Number of elements of a shape; 1 for a scalar `[]`. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, extent) => size * extent, 1)

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis])

export function dtypeOf(data: Data): DType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Float64Array) return 'float64'
  if (data instanceof Int32Array) return 'int32'
  if (data instanceof BigInt64Array) return 'int64'
  return 'bool'
}

/** Values that are known to be float32. @throws TypeError for others */
export function float32Of(data: Data): Float32Array {
  if (data instanceof Float32Array) return data
  throw new TypeError(`got ${dtypeOf(data)} values, expected float32`)
}

/** Values that are known to be float64. @throws TypeError for others */
export function float64Of(data: Data): Float64Array {
  if (data instanceof Float64Array) return data
  throw new TypeError(`got ${dtypeOf(data)} values, expected float64`)
}

/** Zeros of the given dtype; `length` in elements. */
export function allocate<T extends DType>(dtype: T, length: number): DataOf[T]
export function allocate(dtype: DType, length: number): Data {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length)
    case 'float64':
      return new Float64Array(length)
    case 'int32':
      return new Int32Array(length)
    case 'int64':
      return new BigInt64Array(length)
    case 'bool':
      return new Uint8Array(length)
  }
}

/** `length` elements of one value. */
export function filled<T extends DType>(dtype: T, length: number, value: number): DataOf[T]
export function filled(dtype: DType, length: number, value: number): Data {
  const data = allocate(dtype, length)
  return data instanceof BigInt64Array ? data.fill(BigInt(value)) : data.fill(value)
}

/** A number as JSON can hold it: JSON knows neither -0 nor infinities. Other values are left alone. */
export function exactly(value: unknown): unknown {
  if (Object.is(value, -0)) return '-0'
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/** A key that tells apart all data that differ, -0 from 0 included. */
export const dataKey = (data: Data): string => [...data].map((value) => String(exactly(value))).join()

/**
 * Pairs a typed array with a shape.
 * @throws RangeError when the shape does not hold exactly `data.length` elements
 */
export function ndarray<D extends Data>(data: D, shape: Shape): NdArray<D> {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(
      `${data.length} elements do not fill shape [${shape.join(', ')}], which holds ${sizeOf(shape)}`,
    )
  }
  return { data, shape }
}
