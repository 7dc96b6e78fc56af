// Initial values of parameters.
import { sizeOf, type RandomStream, type Shape } from '@whitewater/tensor'

export type Initialiser = (shape: Shape, stream: RandomStream) => Float32Array

export const zeros: Initialiser = (shape) => new Float32Array(sizeOf(shape))

export const ones: Initialiser = (shape) => new Float32Array(sizeOf(shape)).fill(1)

export const normal =
  (deviation: number): Initialiser =>
  (shape, stream) =>
    stream.normal(sizeOf(shape)).map((value) => value * deviation)

/** Uniform on (-bound, bound). */
export const uniform =
  (bound: number): Initialiser =>
  (shape, stream) =>
    stream.uniform(sizeOf(shape)).map((value) => (2 * value - 1) * bound)

/** PyTorch's default for linear and convolution layers: uniform within 1/sqrt(fan in), weights and biases alike. */
export const fanIn = (fan: number): Initialiser => uniform(1 / Math.sqrt(fan))
