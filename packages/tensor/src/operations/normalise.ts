// Normalisation over the last axis, and layer, group and RMS norm built on it.
import { filled, sizeOf } from '../array.ts'
import type { Graph } from '../graph.ts'
import { formatShape, operation, type Operation, type Tensor } from '../tensor.ts'
import { add, mul, neg, reciprocal, sqrt, square, sub } from './elementwise.ts'
import { mean } from './reduce.ts'
import { reshape } from './shape.ts'

type Epsilon = { epsilon: number }

const width = (x: Tensor): number => x.shape[x.shape.length - 1]

/** [normalised, mean, inverse deviation], shared by the two operations below. */
const emitNormalisation = (graph: Graph, x: string, source: Tensor, epsilon: number): string[] =>
  graph.shared(`normalise ${x} ${epsilon}`, () => {
    if (source.dtype === 'float64') return emitInPrimitives(graph, x, epsilon)
    const scale = graph.shared(`ones ${width(source)} ${source.dtype}`, () =>
      graph.constant(filled(source.dtype, width(source), 1)),
    )
    return graph.nodes('LayerNormalization', [x, scale], 3, { axis: -1, epsilon: { float: epsilon } })
  })

/** float64: ONNX's LayerNormalization gives mean and deviation in float32 only. */
function emitInPrimitives(graph: Graph, x: string, epsilon: number): string[] {
  const average = (value: string) => graph.node('ReduceMean', [value, graph.integers([-1])])
  const mean = average(x)
  const centred = graph.node('Sub', [x, mean])
  const variance = average(graph.node('Mul', [centred, centred]))
  const shifted = graph.node('Add', [variance, graph.constant(Float64Array.of(epsilon), [])])
  const inverse = graph.node('Reciprocal', [graph.node('Sqrt', [shifted])])
  return [graph.node('Mul', [centred, inverse]), mean, inverse]
}

// dx = r (dy - mean(dy) - y mean(dy y)), r = 1 / sqrt(var + epsilon).
const normaliseLast: Operation<Epsilon> = operation<Epsilon>('normalise', {
  shape: ([x]) => x.shape,
  emit: (graph, [x], node, { epsilon }) => emitNormalisation(graph, x, node.inputs[0], epsilon)[0],
  gradient: ([x], y, dy, { epsilon }) => {
    const shift = add(mean(dy, -1, { keepDims: true }), mul(y, mean(mul(dy, y), -1, { keepDims: true })))
    return [mul(inverseDeviation([x], { epsilon }), sub(dy, shift))]
  },
})

const inverseDeviation: Operation<Epsilon> = operation<Epsilon>('inverseDeviation', {
  shape: ([x]) => [...x.shape.slice(0, -1), 1],
  emit: (graph, [x], node, { epsilon }) => emitNormalisation(graph, x, node.inputs[0], epsilon)[2],
  gradient: ([x], r, dr, { epsilon }) => [
    mul(neg(mul(dr, square(r))), mul(normaliseLast([x], { epsilon }), 1 / width(x))),
  ],
})

/** (x - mean) / sqrt(var + epsilon) over the last axis; var is the biased variance. */
export const normalise = (x: Tensor, epsilon = 1e-5): Tensor => normaliseLast([x], { epsilon })

/** Layer norm over the last axis, with an optional scale and shift of its extent (Ba et al. 2016). */
export function layerNorm(x: Tensor, scale?: Tensor, shift?: Tensor, epsilon = 1e-5): Tensor {
  const y = normalise(x, epsilon)
  const scaled = scale ? mul(y, scale) : y
  return shift ? add(scaled, shift) : scaled
}

/** Group norm of [batch, channels, ...pixels], with an optional scale and shift a channel (Wu & He 2018). */
export function groupNorm(x: Tensor, groups: number, scale?: Tensor, shift?: Tensor, epsilon = 1e-5): Tensor {
  const [batch, channels] = x.shape
  if (channels % groups !== 0) {
    throw new RangeError(
      `groupNorm: ${channels} channels of ${formatShape(x.shape)} do not divide into ${groups} groups`,
    )
  }
  const grouped = normalise(reshape(x, [batch, groups, sizeOf(x.shape) / (batch * groups)]), epsilon)
  const perChannel = [channels, ...x.shape.slice(2).map(() => 1)]
  const y = reshape(grouped, x.shape)
  const scaled = scale ? mul(y, reshape(scale, perChannel)) : y
  return shift ? add(scaled, reshape(shift, perChannel)) : scaled
}

/** x / sqrt(mean(x^2) + epsilon) over the last axis, with an optional scale (Zhang & Sennrich 2019). */
export function rmsNorm(x: Tensor, scale?: Tensor, epsilon = 1e-6): Tensor {
  const y = mul(x, reciprocal(sqrt(add(mean(square(x), -1, { keepDims: true }), epsilon))))
  return scale ? mul(y, scale) : y
}
