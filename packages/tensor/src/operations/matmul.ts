// Matrix products: batched, with transposes, and with a bias in one pass.
import { sameShape, type Shape } from '../array.ts'
import { broadcastShapes } from '../broadcast.ts'
import type { Graph } from '../graph.ts'
import { formatShape, operation, requireEqualDtypes, type Tensor } from '../tensor.ts'
import { sum } from './reduce.ts'
import { reshape } from './shape.ts'

export interface Transposes {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

type Flags = { transposeA: boolean; transposeB: boolean }

const swapped = (shape: Shape, swap: boolean): Shape =>
  swap ? [...shape.slice(0, -2), shape[shape.length - 1], shape[shape.length - 2]] : shape

function productShape(name: string, a: Tensor, b: Tensor, { transposeA, transposeB }: Flags): Shape {
  const left = swapped(a.shape, transposeA)
  const right = swapped(b.shape, transposeB)
  if (left.length < 2 || right.length < 2) {
    throw new RangeError(
      `${name}: needs at least two axes each, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
    )
  }
  if (left[left.length - 1] !== right[right.length - 2]) {
    throw new RangeError(`${name}: inner extents of ${formatShape(left)} and ${formatShape(right)} differ`)
  }
  const batch = broadcastShapes(name, [left.slice(0, -2), right.slice(0, -2)])
  return [...batch, left[left.length - 2], right[right.length - 1]]
}

function emitTransposed(graph: Graph, value: string, rank: number): string {
  const order = [...Array(rank - 2).keys(), rank - 1, rank - 2]
  return graph.node('Transpose', [value], { perm: order })
}

const product = operation<Flags>('matmul', {
  shape: ([a, b], flags) => productShape('matmul', a, b, flags),
  emit: (graph, [a, b], node, { transposeA, transposeB }) => {
    const [ra, rb] = node.inputs.map((x) => x.shape.length)
    if (ra === 2 && rb === 2)
      return graph.node('Gemm', [a, b], { transA: Number(transposeA), transB: Number(transposeB) })
    // The fused kernel exists for float32 on the CPU; elsewhere the transposes are nodes of their own.
    if (graph.target === 'cpu' && node.dtype === 'float32' && (transposeA || transposeB)) {
      return graph.node(
        'FusedMatMul',
        [a, b],
        { transA: Number(transposeA), transB: Number(transposeB) },
        'com.microsoft',
      )
    }
    const left = transposeA ? emitTransposed(graph, a, ra) : a
    return graph.node('MatMul', [left, transposeB ? emitTransposed(graph, b, rb) : b])
  },
  gradient: ([a, b], _, dy, { transposeA, transposeB }) => [
    transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
      : matmul(dy, b, { transposeB: !transposeB }),
    transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, dy, { transposeA: !transposeA }),
  ],
})

/** Product over the last two axes; leading axes broadcast. A transpose flag swaps an operand's last two axes. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: Transposes = {},
): Tensor {
  requireEqualDtypes('matmul', [a, b])
  // A batch of rows times one matrix is one large product.
  if (a.shape.length > 2 && b.shape.length === 2 && !transposeA) {
    const flat = product([reshape(a, [-1, a.shape[a.shape.length - 1]]), b], { transposeA, transposeB })
    return reshape(flat, [...a.shape.slice(0, -1), flat.shape[1]])
  }
  return product([a, b], { transposeA, transposeB })
}

const affine = operation<Record<string, never>>('linear', {
  shape: ([x, weight, bias]) => {
    const shape = productShape('linear', x, weight, { transposeA: false, transposeB: true })
    if (!sameShape(bias.shape, [shape[1]])) {
      throw new RangeError(
        `linear: bias ${formatShape(bias.shape)} does not fit weight ${formatShape(weight.shape)}`,
      )
    }
    return shape
  },
  emit: (graph, inputs) => graph.node('Gemm', inputs, { transB: 1 }),
  gradient: ([x, weight], _, dy) => [matmul(dy, weight), matmul(dy, x, { transposeA: true }), sum(dy, 0)],
})

/** x W^T + b for x [..., in], weight [out, in], bias [out]: the layout of PyTorch's Linear. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  if (!bias) return matmul(x, weight, { transposeB: true })
  requireEqualDtypes('linear', [x, weight, bias])
  const flat = affine([reshape(x, [-1, x.shape[x.shape.length - 1]]), weight, bias], {})
  return reshape(flat, [...x.shape.slice(0, -1), weight.shape[0]])
}
