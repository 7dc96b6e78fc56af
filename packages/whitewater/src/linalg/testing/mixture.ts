// Test help: draws from a Gaussian mixture in the plane, and its density by the textbook formula.
import { bell, uniform } from './arbitrary.ts'
import type { Samples } from '../covariance.ts'

/** weight, mean [2], and the lower-triangular L of the covariance L L^T as l00, l10, l11. */
export interface PlaneComponent {
  readonly weight: number
  readonly mean: readonly [number, number]
  readonly factor: readonly [number, number, number]
}

/** Sum of 12 uniforms on (-1, 1) halved: mean 0, variance 1. */
const normal = (next: () => number): number => bell(next) / 2

export function planeSamples(
  components: readonly PlaneComponent[],
  n: number,
  seed: number,
): Samples & { readonly data: Float32Array; readonly labels: Int32Array } {
  const next = uniform(seed)
  const data = new Float32Array(2 * n)
  const labels = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    let left = (next() + 1) / 2
    const at = components.findIndex(({ weight }) => (left -= weight) < 0)
    labels[i] = at < 0 ? components.length - 1 : at
    const { mean, factor } = components[labels[i]]
    const a = normal(next)
    const b = normal(next)
    data.set([mean[0] + factor[0] * a, mean[1] + factor[1] * a + factor[2] * b], 2 * i)
  }
  return { data, n, d: 2, labels }
}

/** ln pi N(x; m, L L^T) with the inverse and determinant of a 2 x 2 matrix written out. */
export function planeLogDensity(
  { weight, mean, factor: [l00, l10, l11] }: PlaneComponent,
  x: number,
  y: number,
): number {
  const a = l00 * l00
  const b = l00 * l10
  const c = l10 * l10 + l11 * l11
  const determinant = a * c - b * b
  const u = x - mean[0]
  const v = y - mean[1]
  const distance = (c * u * u - 2 * b * u * v + a * v * v) / determinant
  return Math.log(weight / (2 * Math.PI * Math.sqrt(determinant))) - distance / 2
}
