// The discrete cosine transform, type II, as an orthogonal matrix (Ahmed, Natarajan & Rao 1974): for natural images nearly the
// eigenvectors of the covariance, whatever the images.
import { matrix, type Matrix } from './matrix.ts'

/** C [n, n] with C C^T = I: row k is sqrt((2 - [k = 0]) / n) cos(pi (j + 1/2) k / n), the frequency k / 2n a pixel. */
export function dctMatrix(n: number): Matrix {
  const result = matrix(n, n)
  for (let k = 0, at = 0; k < n; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / n)
    for (let j = 0; j < n; j++, at++) result.data[at] = scale * Math.cos((Math.PI * (j + 0.5) * k) / n)
  }
  return result
}
