// What must hold of samples and labels before anything is computed from them.
import { ndarray, sizeOf, type Data, type NdArray, type Shape } from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'
import type { Dataset } from './dataset.ts'

function toFloat32(data: Data): Float32Array {
  if (data instanceof Float32Array) return data
  if (!(data instanceof BigInt64Array)) return new Float32Array(data)
  const out = new Float32Array(data.length)
  for (let i = 0; i < out.length; i++) out[i] = Number(data[i])
  return out
}

/**
 * Number of features of samples of that shape.
 * @throws WhitewaterError when there are fewer than two samples or two axes, or no feature
 */
export function checkedWidth(shape: Shape, name: string): number {
  const given = `[${shape.join(', ')}]`
  if (shape.length < 2) throw failureError(`${name} has shape ${given}, expected [samples, ...features]`)
  if (shape[0] < 2)
    throw failureError(`${name} has ${shape[0]} samples (shape ${given}), expected at least 2`)
  const width = sizeOf(shape.slice(1))
  if (width === 0)
    throw failureError(`${name} has shape ${given}: samples without features; expected at least one`)
  return width
}

/**
 * Rows of `width` features as float32.
 * @param rowOf where row i of these stands in the file, for the error
 * @throws WhitewaterError naming the first value that is NaN or infinite
 */
export function finiteRows(
  data: Data,
  width: number,
  name: string,
  rowOf: (row: number) => number = (row) => row,
): Float32Array {
  const values = toFloat32(data)
  const bad = firstNotFinite(values)
  if (bad < 0) return values
  const what = Number.isFinite(Number(data[bad])) ? `${data[bad]}, beyond float32,` : String(data[bad])
  throw failureError(
    `${name} holds ${what} at row ${rowOf(Math.floor(bad / width))}, column ${bad % width} (from 0); expected finite numbers: repair or drop that row`,
  )
}

/** A loop: `findIndex` calls a function a value, which takes longer than reading them. */
function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i
  return -1
}

/**
 * Samples as float32 with every value finite.
 * @throws WhitewaterError when there are fewer than two samples or two axes, or a value is NaN or infinite
 */
export const checkedSamples = ({ data, shape }: NdArray, name: string): NdArray<Float32Array> =>
  ndarray(finiteRows(data, checkedWidth(shape, name), name), shape)

/**
 * Integer class labels.
 * @param count samples that they belong to
 * @throws WhitewaterError when there are more or fewer, or one is no integer in 0 .. 99,999
 */
export function checkedLabels(
  { data, shape }: NdArray,
  count: number,
  name: string,
): Required<Pick<Dataset, 'labels' | 'classes'>> {
  if (data.length !== count || shape[0] !== count) {
    throw failureError(`${name} has labels of shape [${shape.join(', ')}], expected [${count}]: one a sample`)
  }
  const labels = new Int32Array(count)
  let classes = 0
  for (let i = 0; i < count; i++) {
    const label = Number(data[i])
    if (!Number.isInteger(label) || label < 0 || label >= 100_000) {
      throw failureError(
        `${name} holds label ${label} at row ${i} (from 0), expected an integer in 0 .. classes - 1`,
      )
    }
    labels[i] = label
    classes = Math.max(classes, label + 1)
  }
  return { labels, classes }
}

/** Labels given as text: integers stay what they are, other names are numbered in sorted order. */
export function namedLabels(
  cells: readonly string[],
  name: string,
): Required<Pick<Dataset, 'labels' | 'classes'>> {
  const integers = cells.every((cell) => /^\+?\d+(\.0*)?$/.test(cell))
  const names = [...new Set(cells)].sort()
  const values = Int32Array.from(cells, (cell) => (integers ? Number(cell) : names.indexOf(cell)))
  return checkedLabels(ndarray(values, [cells.length]), cells.length, name)
}

/** @throws WhitewaterError (usage) unless `value` is an integer of at least `least` */
export function checkInteger(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw usageError(`${what} is ${value}, expected an integer of at least ${least}`)
  }
}

/** @throws WhitewaterError (usage) unless `value` is finite and at least `least` */
export function checkNumber(what: string, value: number, least: number): void {
  if (!Number.isFinite(value) || value < least) {
    throw usageError(`${what} is ${value}, expected a number of at least ${least}`)
  }
}
