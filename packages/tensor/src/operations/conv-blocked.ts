// Convolution with ONNX Runtime's internal channel-blocked kernels, a third faster than its Conv where weights change at
// run time. Everything that depends on this internal domain stands in this file.
import type { Graph } from '../graph.ts'
import { convolvePlain, forwardBy, inputBy, type Convolution, type Filter } from './conv-plain.ts'
import { area, reshaped, type Algorithm } from './conv-problem.ts'
import { weightByPixels } from './conv-weight.ts'

const domain = 'com.microsoft.nchwc'

/** Multiples of this fill blocks whatever their size: 16 channels with AVX-512, 8 without. */
const block = 16
/** Fewer channels than any block has enter as they are. */
const few = 8

/** The kernels exist in native x64 builds; nothing below depends on the size of their blocks. */
const available = (): boolean => typeof process !== 'undefined' && process.arch === 'x64'

const toBlocks = (graph: Graph, value: string): string => graph.node('ReorderInput', [value], {}, domain)

/** [o,c,kh,kw] as [o/b, c/b, kh, kw, b of c, b of o]: blocked as images in c, then as one image of o channels. */
function blockedWeight(graph: Graph, weight: string, { inputs, outputs, kernel }: Filter): string {
  return graph.shared(`blocked ${weight}`, () => {
    const missing = -outputs % block
    const whole =
      missing === 0
        ? weight
        : graph.node('Pad', [weight, graph.integers([0, 0, 0, 0, block + missing, 0, 0, 0])])
    const filled = missing === 0 ? outputs : outputs + block + missing
    const byInput = inputs < few ? whole : toBlocks(graph, whole)
    const flat = reshaped(graph, byInput, [1, filled, inputs, area(kernel)])
    return reshaped(graph, toBlocks(graph, flat), [filled, inputs, ...kernel])
  })
}

const convolve: Convolution = (graph, filter, x, weight, bias) => {
  const { inputs, outputs, kernel, stride, pads } = filter
  if (inputs >= few && inputs % block !== 0) return convolvePlain(graph, filter, x, weight, bias)
  const missing = -outputs % block
  const operands = [inputs < few ? x : toBlocks(graph, x), blockedWeight(graph, weight, filter)]
  if (bias !== undefined)
    operands.push(missing === 0 ? bias : graph.node('Pad', [bias, graph.integers([0, block + missing])]))
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
