// A LAPACK as the eigenvalue solvers call it; where one comes from is for the platform to say.

export interface Lapack {
  /** The library's name or path, as it was loaded. */
  readonly library: string
  /**
   * Eigenvalues of the symmetric row-major [n, n] `a`, ascending. `a` is overwritten: with `vectors`, by the eigenvectors as rows, in the
   * order of the values. Runs beside the main thread.
   * @throws Error when dsyevd does not converge
   */
  readonly dsyevd: (a: Float64Array, n: number, vectors: boolean) => Promise<Float64Array>
}

/** LAPACK, or why there is none. */
export type Found = { readonly lapack: Lapack } | { readonly lapack?: undefined; readonly reason: string }

/** The workspace's length, 1 + 6 n + 2 n^2, must fit LAPACK's 32-bit integers. */
export const LARGEST_ORDER = 32_766
