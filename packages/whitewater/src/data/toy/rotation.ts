// Random orthogonal matrices and covariances of a given condition number.
import { ndarray, type NdArray, type RandomStream } from '@whitewater/tensor'

/**
 * A Haar-distributed orthogonal matrix [d, d]: Gram-Schmidt, twice for orthogonality to rounding, on Gaussian rows.
 * Source: Mezzadri, "How to generate random matrices from the classical compact groups" (2007).
 */
export function randomRotation(d: number, stream: RandomStream): NdArray<Float64Array> {
  const q = Float64Array.from(stream.normal(d * d))
  for (let i = 0; i < d; i++) {
    const row = q.subarray(i * d, (i + 1) * d)
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = q.subarray(j * d, (j + 1) * d)
        const along = dot(row, other)
        for (let k = 0; k < d; k++) row[k] -= along * other[k]
      }
    }
    const norm = Math.sqrt(dot(row, row))
    for (let k = 0; k < d; k++) row[k] /= norm
  }
  return ndarray(q, [d, d])
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k]
  return sum
}

/** d eigenvalues in geometric progression from `largest` down to `largest / conditionNumber`. */
export const spectrum = (d: number, conditionNumber: number, largest = 1): Float64Array =>
  Float64Array.from({ length: d }, (_, j) => largest * conditionNumber ** (d === 1 ? 0 : -j / (d - 1)))

/** sum_j eigenvalues[j] q_j q_j^T over the rows q_j of `rotation`. */
export function covarianceOf(
  eigenvalues: Float64Array,
  { data: q }: NdArray<Float64Array>,
): NdArray<Float64Array> {
  const d = eigenvalues.length
  const out = new Float64Array(d * d)
  for (let a = 0; a < d; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0
      for (let j = 0; j < d; j++) sum += eigenvalues[j] * q[j * d + a] * q[j * d + b]
      out[a * d + b] = out[b * d + a] = sum
    }
  }
  return ndarray(out, [d, d])
}

/** Adds sum_j sqrt(eigenvalues[j]) z_j q_j, one draw of N(0, covarianceOf(...)), to `x` in place. */
export function addGaussian(
  x: Float32Array,
  z: Float32Array,
  eigenvalues: Float64Array,
  { data: q }: NdArray<Float64Array>,
): void {
  const d = x.length
  for (let a = 0; a < d; a++) {
    let sum = x[a]
    for (let j = 0; j < d; j++) sum += Math.sqrt(eigenvalues[j]) * z[j] * q[j * d + a]
    x[a] = sum
  }
}
