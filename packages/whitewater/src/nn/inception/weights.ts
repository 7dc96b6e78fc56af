// Inception's weights as they are published, with a batch norm after every convolution, made ready: at inference a batch norm is
// a factor and a shift a channel, which the convolution before it takes up.
import { dtypeOf, float32Of, input, sameShape, type NdArray } from '@whitewater/tensor'
import { failureError } from '../../errors.ts'
import { declare } from '../scope.ts'
import type { Weights } from '../weights.ts'
import { inception } from './network.ts'

/** TensorFlow's, not the 1e-5 that PyTorch takes unless told. */
const EPSILON = 1e-3

type Find = (name: string) => Float32Array

/** y = weight (conv(x) - mean) / sqrt(variance + epsilon) + bias, as one convolution with a bias. */
function folded(unit: string, { data, shape }: NdArray, find: Find): [string, NdArray][] {
  const [scale, shift, average, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    find(`${unit}.bn.${part}`),
  )
  const kernels = float32Of(data)
  const weight = new Float32Array(kernels.length)
  const bias = new Float32Array(shape[0])
  const size = kernels.length / shape[0]
  for (let channel = 0; channel < shape[0]; channel++) {
    const factor = scale[channel] / Math.sqrt(variance[channel] + EPSILON)
    bias[channel] = shift[channel] - average[channel] * factor
    for (let i = channel * size; i < (channel + 1) * size; i++) weight[i] = kernels[i] * factor
  }
  return [
    [`${unit}.conv.weight`, { data: weight, shape }],
    [`${unit}.conv.bias`, { data: bias, shape: [shape[0]] }],
  ]
}

const suffix = '.conv.weight'

/**
 * The weights that `inception` takes, from those of a checkpoint by pytorch-fid's names; counters of batches are left out.
 * @param what says in errors whose weights these are
 * @throws WhitewaterError (failure) naming the first tensor that is missing or has another shape
 */
export function foldBatchNorms(checkpoint: Weights, what: string): Weights {
  const weights = new Map<string, NdArray>()
  const { parameters } = declare((p) => inception(p, input('x', [1, 3, 299, 299])))
  const wrong = (problem: string) =>
    failureError(
      `${what} ${problem}: expected the weights of pytorch-fid's Inception, pt_inception-2015-12-05-6726825d.pth`,
    )
  const found = (name: string, shape: readonly number[]): NdArray => {
    const value = checkpoint.get(name)
    if (value === undefined) throw wrong(`has no tensor ${name}`)
    if (sameShape(value.shape, shape) && value.data instanceof Float32Array) return value
    throw wrong(
      `has ${dtypeOf(value.data)} [${value.shape.join(', ')}] for ${name}, which is float32 [${shape.join(', ')}]`,
    )
  }
  for (const { name, shape } of parameters) {
    if (name.endsWith(suffix)) {
      const channels = (part: string) => float32Of(found(part, [shape[0]]).data)
      for (const entry of folded(name.slice(0, -suffix.length), found(name, shape), channels))
        weights.set(...entry)
    } else if (!weights.has(name)) weights.set(name, found(name, shape))
  }
  return weights
}
