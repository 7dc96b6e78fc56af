// Explicit Runge-Kutta methods as data (Butcher tableaux). Notation of Hairer, Norsett & Wanner,
// "Solving Ordinary Differential Equations I" (1993), II.1: k_i = v(x + h sum_j a_ij k_j, t + c_i h), x' = x + h sum_i b_i k_i.

export interface Tableau {
  readonly name: string
  /** p: one step errs by O(h^(p+1)), a solution by O(h^p). */
  readonly order: number
  /** c_i, one a stage. */
  readonly nodes: readonly number[]
  /** a_ij, row i has i entries: the method is explicit. */
  readonly matrix: readonly (readonly number[])[]
  /** b_i, one a stage. */
  readonly weights: readonly number[]
  /** A second solution from the same stages; with it the method chooses its own steps. */
  readonly embedded?: { readonly order: number; readonly weights: readonly number[] }
}

export type EmbeddedTableau = Tableau & Required<Pick<Tableau, 'embedded'>>

export const isAdaptive = (method: Tableau): method is EmbeddedTableau => method.embedded !== undefined

/** First same as last: the last stage is the first of the next step, and is not evaluated again. */
export function isFirstSameAsLast({ nodes, matrix, weights }: Tableau): boolean {
  const last = nodes.length - 1
  return nodes[last] === 1 && weights[last] === 0 && matrix[last].every((a, j) => a === weights[j])
}

/** Evaluations of the field one attempted step costs. */
export const evaluationsPerStep = (method: Tableau): number =>
  method.nodes.length - (isAdaptive(method) && isFirstSameAsLast(method) ? 1 : 0)
