// Moving elements without changing them: reshape, transpose, expand, slice, pad, concat, split.
import { filled, sameShape, sizeOf, type Shape } from '../array.ts'
import { broadcastsTo } from '../broadcast.ts'
import { formatShape, operation, requireEqualDtypes, type Operation, type Tensor } from '../tensor.ts'

/** An axis counted from the front; negative axes count from the end. */
export function normaliseAxis(operationName: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(positive) || positive < 0 || positive >= rank) {
    throw new RangeError(`${operationName}: axis ${axis} does not exist in a tensor of ${rank} axes`)
  }
  return positive
}

const reshapeTo: Operation<{ shape: readonly number[] }> = operation('reshape', {
  shape: (_, { shape }) => shape,
  emit: (graph, [x], _, { shape }) => graph.node('Reshape', [x, graph.integers(shape)]),
  gradient: ([x], _, dy) => [reshape(dy, x.shape)],
  simplify: ([x], { shape }) => {
    if (sameShape(x.shape, shape)) return x
    return reshapeTo.attributesOf(x) ? reshape(x.inputs[0], shape) : undefined
  },
})

/** The same elements in row-major order under another shape; one extent may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.filter((extent) => extent !== -1).reduce((size, extent) => size * extent, 1)
  const full = shape.map((extent) => (extent === -1 ? sizeOf(x.shape) / known : extent))
  if (sizeOf(full) !== sizeOf(x.shape) || !full.every(Number.isInteger)) {
    throw new RangeError(`reshape: ${formatShape(x.shape)} does not fit into ${formatShape(shape)}`)
  }
  return sameShape(full, x.shape) ? x : reshapeTo([x], { shape: full })
}

const permute: Operation<{ order: readonly number[] }> = operation('transpose', {
  shape: ([x], { order }) => order.map((axis) => x.shape[axis]),
  emit: (graph, inputs, _, { order }) => graph.node('Transpose', inputs, { perm: order }),
  gradient: (_, __, dy, { order }) => [
    transpose(
      dy,
      order.map((__, axis) => order.indexOf(axis)),
    ),
  ],
  simplify: ([x], { order }) => {
    if (order.every((axis, index) => axis === index)) return x
    const inner = permute.attributesOf(x)
    if (!inner) return undefined
    return transpose(
      x.inputs[0],
      order.map((axis) => inner.order[axis]),
    )
  },
})

/** Reorders axes; without `order` the last two are swapped. */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const rank = x.shape.length
  const axes = order ?? [...Array(Math.max(0, rank - 2)).keys(), rank - 1, rank - 2]
  if ([...axes].sort((a, b) => a - b).some((axis, index) => axis !== index) || axes.length !== rank) {
    throw new RangeError(
      `transpose: [${axes.join(', ')}] is no permutation of the ${rank} axes of ${formatShape(x.shape)}`,
    )
  }
  return axes.every((axis, index) => axis === index) ? x : permute([x], { order: axes })
}

const expandTo = operation<{ shape: readonly number[] }>('expand', {
  shape: ([x], { shape }) => {
    if (!broadcastsTo(x.shape, shape))
      throw new RangeError(`expand: ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`)
    return shape
  },
  emit: (graph, [x], _, { shape }) => graph.node('Expand', [x, graph.integers(shape)]),
  gradient: (_, __, dy) => [dy],
  simplify: ([x], { shape }) => {
    if (sameShape(x.shape, shape)) return x
    const inner = unexpanded(x)
    return inner === x ? undefined : expand(inner, shape)
  },
})

/** Repeats x along axes of extent 1, and along new leading axes, to `shape`. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : expandTo([x], { shape })

/** What x was expanded from; x itself when it was not. */
export const unexpanded = (x: Tensor): Tensor => (expandTo.attributesOf(x) ? x.inputs[0] : x)

const sliceRange = operation<{ starts: readonly number[]; sizes: readonly number[] }>('slice', {
  shape: (_, { sizes }) => sizes,
  emit: (graph, [x], node, { starts, sizes }) => {
    const axes = sizes.flatMap((size, axis) => (size === node.inputs[0].shape[axis] ? [] : [axis]))
    const ends = axes.map((axis) => starts[axis] + sizes[axis])
    return graph.node('Slice', [
      x,
      graph.integers(axes.map((axis) => starts[axis])),
      graph.integers(ends),
      graph.integers(axes),
    ])
  },
  gradient: ([x], _, dy, { starts, sizes }) => [
    pad(
      dy,
      starts,
      x.shape.map((extent, axis) => extent - starts[axis] - sizes[axis]),
    ),
  ],
  simplify: ([x], { sizes }) => (sameShape(x.shape, sizes) ? x : undefined),
})

/** The block that begins at `starts` and has the extents `sizes`, one of each an axis. */
export function slice(x: Tensor, starts: readonly number[], sizes: readonly number[]): Tensor {
  const fits = x.shape.every(
    (extent, axis) => starts[axis] >= 0 && sizes[axis] >= 1 && starts[axis] + sizes[axis] <= extent,
  )
  if (!fits || starts.length !== x.shape.length || sizes.length !== x.shape.length) {
    throw new RangeError(
      `slice: a block of ${formatShape(sizes)} at ${formatShape(starts)} is not inside ${formatShape(x.shape)}`,
    )
  }
  return sliceRange([x], { starts, sizes })
}

/** Indices start..start+size-1 of one axis. */
export function sliceAxis(x: Tensor, axis: number, start: number, size: number): Tensor {
  const at = normaliseAxis('slice', axis, x.shape.length)
  const starts = x.shape.map((_, i) => (i === at ? start : 0))
  return slice(
    x,
    starts,
    x.shape.map((extent, i) => (i === at ? size : extent)),
  )
}

type Padding = { before: readonly number[]; after: readonly number[]; value: number }

const padWith = operation<Padding>('pad', {
  shape: ([x], { before, after }) => x.shape.map((extent, axis) => before[axis] + extent + after[axis]),
  emit: (graph, [x], node, { before, after, value }) => {
    const fill = graph.constant(filled(node.dtype, 1, value), [])
    return graph.node('Pad', [x, graph.integers([...before, ...after]), fill])
  },
  gradient: ([x], _, dy, { before }) => [slice(dy, before, x.shape)],
  simplify: ([x], { before, after }) => ([...before, ...after].every((n) => n === 0) ? x : undefined),
})

/** Adds `before[axis]` and `after[axis]` elements of `value` around x. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
  if (before.length !== x.shape.length || after.length !== x.shape.length) {
    throw new RangeError(
      `pad: ${formatShape(before)} before and ${formatShape(after)} after do not fit the ${x.shape.length} axes of ${formatShape(x.shape)}`,
    )
  }
  return padWith([x], { before, after, value })
}

/** How x was padded; undefined when it was not. */
export const paddingOf = (x: Tensor): Padding | undefined => padWith.attributesOf(x)

const join = operation<{ axis: number }>('concat', {
  shape: (inputs, { axis }) => {
    const [first] = inputs
    const matches = (x: Tensor) =>
      x.shape.length === first.shape.length && x.shape.every((e, i) => i === axis || e === first.shape[i])
    if (!inputs.every(matches)) {
      throw new RangeError(
        `concat: shapes ${inputs.map((x) => formatShape(x.shape)).join(', ')} differ outside axis ${axis}`,
      )
    }
    return first.shape.map((extent, i) =>
      i === axis ? inputs.reduce((sum, x) => sum + x.shape[axis], 0) : extent,
    )
  },
  emit: (graph, inputs, _, { axis }) => graph.node('Concat', inputs, { axis }),
  gradient: (inputs, _, dy, { axis }) =>
    split(
      dy,
      inputs.map((x) => x.shape[axis]),
      axis,
    ),
  simplify: (inputs) => (inputs.length === 1 ? inputs[0] : undefined),
})

export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw new RangeError('concat: needs at least one tensor')
  requireEqualDtypes('concat', tensors)
  return join(tensors, { axis: normaliseAxis('concat', axis, tensors[0].shape.length) })
}

// All parts of one split share one ONNX node.
const splitPart = operation<{ axis: number; sizes: readonly number[]; part: number }>('split', {
  shape: ([x], { axis, sizes, part }) => x.shape.map((extent, i) => (i === axis ? sizes[part] : extent)),
  emit: (graph, [x], _, { axis, sizes, part }) =>
    graph.shared(`split ${x} ${axis} ${sizes.join()}`, () =>
      graph.nodes('Split', [x, graph.integers(sizes)], sizes.length, { axis }),
    )[part],
  gradient: ([x], _, dy, { axis, sizes, part }) => {
    const start = sizes.slice(0, part).reduce((sum, size) => sum + size, 0)
    const before = x.shape.map((_, i) => (i === axis ? start : 0))
    return [
      pad(
        dy,
        before,
        x.shape.map((extent, i) => (i === axis ? extent - start - sizes[part] : 0)),
      ),
    ]
  },
  simplify: ([x], { sizes }) => (sizes.length === 1 ? x : undefined),
})

/** Cuts x along an axis into parts of the given sizes, which must add up to its extent. */
export function split(x: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
  const at = normaliseAxis('split', axis, x.shape.length)
  if (sizes.reduce((sum, size) => sum + size, 0) !== x.shape[at]) {
    throw new RangeError(
      `split: parts of ${formatShape(sizes)} do not add up to extent ${x.shape[at]} of axis ${axis}`,
    )
  }
  return sizes.length === 1 ? [x] : sizes.map((_, part) => splitPart([x], { axis: at, sizes, part }))
}

/** Cuts x into `parts` equal parts. */
export function chunk(x: Tensor, parts: number, axis = 0): Tensor[] {
  const extent = x.shape[normaliseAxis('chunk', axis, x.shape.length)]
  if (extent % parts !== 0)
    throw new RangeError(`chunk: extent ${extent} of axis ${axis} is not divisible by ${parts}`)
  return split(x, Array<number>(parts).fill(extent / parts), axis)
}
