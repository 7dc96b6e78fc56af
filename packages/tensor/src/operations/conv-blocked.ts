// Convolution with ONNX Runtime's internal channel-blocked kernels, a third faster than its Conv where weights change at
// run time. Everything that depends on this internal domain stands in this file.
import type { Graph } from '../graph.ts'
import { convolvePlain, forwardBy, inputBy, type Convolution, type Filter } from './conv-plain.ts'
import { area, reshaped, type Algorithm } from './conv-problem.ts'
import { weightByPixels } from './conv-weight.ts'

const domain = 'com.microsoft.nchwc'

/** Multiples of this fill blocks whatever their size: 16 channels with AVX-512, 8 without. */
const block = 16

/** The kernels exist in native x64 builds; nothing below depends on the size of their blocks. */
const available = (): boolean => typeof process !== 'undefined' && process.arch === 'x64'

/** Output channels that are wanting to whole blocks: zeros in the weight, dropped by ReorderOutput. */
const wanting = (outputs: number): number => (block - (outputs % block)) % block

const toBlocks = (graph: Graph, value: string): string => graph.node('ReorderInput', [value], {}, domain)

/** [o,c,kh,kw] as [o/b, c/b, kh, kw, b of c, b of o]: blocked as images in c, then as one image of o channels. */
function blockedWeight(graph: Graph, weight: string, { inputs, outputs, kernel }: Filter): string {
  return graph.shared(`blocked ${weight}`, () => {
    const more = wanting(outputs)
    const filled = outputs + more
    const whole =
      more === 0 ? weight : graph.node('Pad', [weight, graph.integers([0, 0, 0, 0, more, 0, 0, 0])])
    const byInput = reshaped(graph, toBlocks(graph, whole), [1, filled, inputs, area(kernel)])
    return reshaped(graph, toBlocks(graph, byInput), [filled, inputs, ...kernel])
  })
}

const convolve: Convolution = (graph, filter, x, weight, bias) => {
  const { inputs, outputs, kernel, stride, pads } = filter
  if (inputs % block !== 0) return convolvePlain(graph, filter, x, weight, bias)
  const more = wanting(outputs)
  const operands = [toBlocks(graph, x), blockedWeight(graph, weight, filter)]
  if (bias !== undefined)
    operands.push(more === 0 ? bias : graph.node('Pad', [bias, graph.integers([0, more])]))
  const attributes = { kernel_shape: kernel, strides: stride, pads }
  const y = graph.node('Conv', operands, attributes, domain)
  return graph.node('ReorderOutput', [y], { channels: outputs }, domain)
}

export const blocked: Algorithm = {
  suits: (_, target) => target === 'cpu' && available(),
  forward: forwardBy(convolve),
  input: inputBy(convolve),
  weight: weightByPixels,
}
