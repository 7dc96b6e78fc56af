// Layers: plain functions of a scope and tensors. Parameter names and layouts are PyTorch's.
import {
  attention as dotProductAttention,
  chunk,
  conv1d as convolve1d,
  conv2d as convolve,
  gather,
  groupNorm as normaliseGroups,
  layerNorm as normaliseLayer,
  linear as affine,
  reshape,
  rmsNorm as normaliseRms,
  transpose,
  type Tensor,
} from '@whitewater/tensor'
import { fanIn, normal, ones, zeros, type Initialiser } from './initialise.ts'
import type { Scope } from './scope.ts'

export interface LinearOptions {
  readonly bias?: boolean
  readonly initialise?: Initialiser
}

/** x [..., in] to [..., width]: weight [width, in], bias [width]. */
export function linear(
  p: Scope,
  x: Tensor,
  width: number,
  { bias = true, initialise }: LinearOptions = {},
): Tensor {
  const fan = x.shape[x.shape.length - 1]
  const start = initialise ?? fanIn(fan)
  const weight = p.parameter('weight', [width, fan], start)
  return affine(x, weight, bias ? p.parameter('bias', [width], start) : undefined)
}

export interface ConvOptions extends LinearOptions {
  readonly kernel?: number
  readonly stride?: number
  /** Half the kernel unless given, which keeps the size at stride 1. */
  readonly padding?: number
}

/** x [n, c, h, w] to [n, width, ...]: weight [width, c, k, k], bias [width]. */
export function conv2d(p: Scope, x: Tensor, width: number, options: ConvOptions = {}): Tensor {
  const { kernel = 3, stride = 1, padding = kernel >> 1, bias = true, initialise } = options
  const start = initialise ?? fanIn(x.shape[1] * kernel * kernel)
  const weight = p.parameter('weight', [width, x.shape[1], kernel, kernel], start)
  return convolve(x, weight, bias ? p.parameter('bias', [width], start) : undefined, { stride, padding })
}

/** x [n, c, l] to [n, width, ...]: weight [width, c, k], bias [width]. */
export function conv1d(p: Scope, x: Tensor, width: number, options: ConvOptions = {}): Tensor {
  const { kernel = 3, stride = 1, padding = kernel >> 1, bias = true, initialise } = options
  const start = initialise ?? fanIn(x.shape[1] * kernel)
  const weight = p.parameter('weight', [width, x.shape[1], kernel], start)
  return convolve1d(x, weight, bias ? p.parameter('bias', [width], start) : undefined, { stride, padding })
}

/** Layer norm over the last axis, with scale and shift. */
export function layerNorm(p: Scope, x: Tensor, epsilon = 1e-5): Tensor {
  const width = x.shape[x.shape.length - 1]
  return normaliseLayer(x, p.parameter('weight', [width], ones), p.parameter('bias', [width], zeros), epsilon)
}

/** Group norm of [n, c, ...], with scale and shift a channel. */
export function groupNorm(p: Scope, x: Tensor, groups: number, epsilon = 1e-5): Tensor {
  const channels = x.shape[1]
  return normaliseGroups(
    x,
    groups,
    p.parameter('weight', [channels], ones),
    p.parameter('bias', [channels], zeros),
    epsilon,
  )
}

/** RMS norm over the last axis, with scale. */
export const rmsNorm = (p: Scope, x: Tensor, epsilon = 1e-6): Tensor =>
  normaliseRms(x, p.parameter('weight', [x.shape[x.shape.length - 1]], ones), epsilon)

/** Rows of a table [count, width] at integer indices [...]. */
export const embedding = (p: Scope, indices: Tensor, count: number, width: number): Tensor =>
  gather(p.parameter('weight', [count, width], normal(0.02)), indices)

/** Multi-head self-attention of x [n, tokens, width]: one fused `qkv` projection, then `proj` (DiT's names). */
export function selfAttention(p: Scope, x: Tensor, heads: number): Tensor {
  const [batch, tokens, width] = x.shape
  if (width % heads !== 0)
    throw new RangeError(`selfAttention: width ${width} does not divide into ${heads} heads`)
  const qkv = reshape(linear(p.at('qkv'), x, 3 * width), [batch, tokens, 3, heads, width / heads])
  const [query, key, value] = splitFirst(transpose(qkv, [2, 0, 3, 1, 4]))
  const mixed = transpose(dotProductAttention(query, key, value), [0, 2, 1, 3])
  return linear(p.at('proj'), reshape(mixed, [batch, tokens, width]), width)
}

const splitFirst = (x: Tensor): Tensor[] =>
  chunk(x, x.shape[0]).map((part) => reshape(part, x.shape.slice(1)))
