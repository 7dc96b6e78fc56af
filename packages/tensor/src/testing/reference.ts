// Plain float64 loops to hold operations against: values with a shape, indexed with broadcasting.
import { ndarray, sizeOf, type NdArray, type Shape } from '../array.ts'
import { broadcastShapes } from '../broadcast.ts'

export type Values = NdArray<Float64Array>
export type Reference = (...inputs: readonly Values[]) => Values

/** The element of `values` that broadcasting puts at `index`; leading extra axes are ignored. */
export function at({ data, shape }: Values, index: readonly number[]): number {
  const lead = index.length - shape.length
  const offset = shape.reduce(
    (sum, extent, axis) => sum * extent + (extent === 1 ? 0 : index[axis + lead]),
    0,
  )
  return data[offset]
}

/** Values of a shape from a function of the index. */
export function build(shape: Shape, element: (index: readonly number[]) => number): Values {
  const data = new Float64Array(sizeOf(shape))
  for (let flat = 0; flat < data.length; flat++) {
    let rest = flat
    const index = new Array<number>(shape.length)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]
      rest = Math.floor(rest / shape[axis])
    }
    data[flat] = element(index)
  }
  return ndarray(data, shape)
}

/** A function of numbers, applied at every point of the broadcast of its inputs. */
export const pointwise =
  (compute: (...elements: number[]) => number): Reference =>
  (...inputs) =>
    build(
      broadcastShapes(
        'reference',
        inputs.map((x) => x.shape),
      ),
      (index) => compute(...inputs.map((x) => at(x, index))),
    )

/** A function of the list of elements that share all indices but those of `axes`. */
export const reduced =
  (compute: (elements: number[]) => number, axes: readonly number[], keepDims = false): Reference =>
  (x) => {
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    const inner = x.shape.map((extent, axis) => (axes.includes(axis) ? extent : 1))
    const y = build(kept, (outer) => {
      const elements: number[] = []
      build(inner, (index) => {
        elements.push(
          at(
            x,
            index.map((i, axis) => i + outer[axis]),
          ),
        )
        return 0
      })
      return compute(elements)
    })
    return keepDims
      ? y
      : ndarray(
          y.data,
          x.shape.filter((_, axis) => !axes.includes(axis)),
        )
  }

/** A function from the list of elements along one axis to a list as long. */
export const along =
  (compute: (elements: number[]) => number[], axis: number): Reference =>
  (x) =>
    build(x.shape, (index) => {
      const line = Array.from({ length: x.shape[axis] }, (_, i) => at(x, index.with(axis, i)))
      return compute(line)[index[axis]]
    })

/** The last two axes swapped. */
export const swapped = (x: Values): Values => {
  const rank = x.shape.length
  const shape = [...x.shape.slice(0, -2), x.shape[rank - 1], x.shape[rank - 2]]
  return build(shape, (index) => at(x, [...index.slice(0, -2), index[rank - 1], index[rank - 2]]))
}

/** Matrix product over the last two axes, the others broadcast. */
export function product(a: Values, b: Values): Values {
  const batch = broadcastShapes('reference', [a.shape.slice(0, -2), b.shape.slice(0, -2)])
  const inner = a.shape[a.shape.length - 1]
  const shape = [...batch, a.shape[a.shape.length - 2], b.shape[b.shape.length - 1]]
  return build(shape, (index) => {
    const [row, column] = index.slice(-2)
    const lead = index.slice(0, -2)
    let sum = 0
    for (let k = 0; k < inner; k++) sum += at(a, [...lead, row, k]) * at(b, [...lead, k, column])
    return sum
  })
}

/** e^x over its sum. */
export const softmaxOf = (x: number[]): number[] => {
  const total = x.reduce((sum, value) => sum + Math.exp(value), 0)
  return x.map((value) => Math.exp(value) / total)
}
