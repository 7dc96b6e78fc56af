// Which features pass through a coupling: alternating and halves for vectors, checkerboard and channel masks for images [c, h, w]
// (Dinh, Sohl-Dickstein & Bengio 2017), or a random half a pair of couplings.
import { sizeOf, type RandomStream } from '@whitewater/tensor'
import type { Mask } from './coupling.ts'

/** Whether a feature passes; `pair` counts the pairs of couplings. */
type Rule = (features: readonly number[], pair: number, stream: RandomStream) => (feature: number) => boolean

/** [c, h, w] of an image; channels alone count for one pixel each. */
const extents = ([channels, height = 1, width = 1]: readonly number[]) => ({ channels, height, width })

const checkerboard: Rule = (features) => {
  const { height, width } = extents(features)
  return (feature) => (Math.floor((feature % (height * width)) / width) + (feature % width)) % 2 === 0
}

const channels: Rule = (features) => {
  const { channels: count, height, width } = extents(features)
  return (feature) => feature < Math.ceil(count / 2) * height * width
}

const rules = {
  alternating: () => (feature) => feature % 2 === 0,
  halves: (features) => (feature) => feature < Math.ceil(sizeOf(features) / 2),
  checkerboard,
  channels,
  /** Pairs with checkerboard and with channel masks in turn. */
  image: (features, pair, stream) => (pair % 2 === 0 ? checkerboard : channels)(features, pair, stream),
  random: (features, pair, stream) => {
    const order = stream.split(`mask ${pair}`).permutation(sizeOf(features))
    const passing = new Set(order.subarray(0, Math.ceil(order.length / 2)))
    return (feature) => passing.has(feature)
  },
} satisfies Record<string, Rule>

export type MaskKind = keyof typeof rules

export const maskKinds = Object.keys(rules) as readonly MaskKind[]

/**
 * A mask a pair of couplings, for `count` couplings on samples of shape `features`; one that passes all features leaves a
 * coupling nothing to do.
 */
export function couplingMasks(
  kind: MaskKind,
  features: readonly number[],
  count: number,
  stream: RandomStream,
): Mask[] {
  return Array.from({ length: Math.ceil(count / 2) }, (_, pair) => {
    const passes = rules[kind](features, pair, stream)
    return Array.from({ length: sizeOf(features) }, (__, feature) => passes(feature))
  })
}
