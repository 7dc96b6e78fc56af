// Initial parameters and data that every peer rebuilds bit for bit, so that all of them compute the same losses.
// A tensor is described by { shape, scale, offset? }: element i is offset + scale * uniform(seed, i), uniform in [-1, 1).

/**
 * @typedef {{ shape: number[], scale: number, offset?: number }} TensorDescription
 */

/** murmur3's finaliser of a counter: a hash is enough here, these numbers only need to be unstructured. */
function hash(value) {
  let h = value >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * @param {TensorDescription} description
 * @param {number} seed
 * @returns {Float32Array} row-major values
 */
export function values({ shape, scale, offset = 0 }, seed) {
  const size = shape.reduce((product, n) => product * n, 1)
  const key = hash(seed + 1)
  return Float32Array.from({ length: size }, (_, i) => offset + scale * (hash(i + key) / 2 ** 31 - 1))
}

/** Weight [inputs, outputs] and bias [outputs] of a linear layer, uniform within 1 / sqrt(inputs). */
export function linear(inputs, outputs) {
  const scale = 1 / Math.sqrt(inputs)
  return [
    { shape: [inputs, outputs], scale },
    { shape: [outputs], scale },
  ]
}

/** Weight [outputs, inputs, size, size] and bias [outputs] of a convolution, uniform within 1 / sqrt(fan in). */
export function convolution(inputs, outputs, size) {
  const scale = 1 / Math.sqrt(inputs * size * size)
  return [
    { shape: [outputs, inputs, size, size], scale },
    { shape: [outputs], scale },
  ]
}

/** Gain and bias [width] of a layer normalisation. */
export function normalisation(width) {
  return [
    { shape: [width], scale: 0, offset: 1 },
    { shape: [width], scale: 0 },
  ]
}
