// The entropic coupling: pairs drawn from the plan that minimises <P, C> - epsilon H(P) over a batch.
import type { RandomStream } from '@whitewater/tensor'
import { usageError } from '../../errors.ts'
import { entropicPlan } from '../../linalg/sinkhorn.ts'
import { withinClasses, type Coupling } from './coupling.ts'
import { squaredDistances } from './cost.ts'

export interface SinkhornOptions {
  /** Strength of the entropy relative to the mean cost, above 0; 0.05 unless given. Small: nearly the permutation. */
  readonly epsilon?: number
  /** Most sweeps over the plan; 200 unless given. */
  readonly iterations?: number
  /** Mean error |column sum - 1| at which to stop, rows being exact; 1e-3 unless given. */
  readonly tolerance?: number
}

/** A column for each row of the plan, drawn with the row's probabilities: every row is used once, a column once on average. */
function drawPairs(values: Float64Array, n: number, stream: RandomStream): Int32Array {
  const uniforms = stream.uniform(n)
  return Int32Array.from(uniforms, (uniform, i) => {
    let below = uniform
    for (let j = 0; j < n - 1; j++) {
      below -= values[i * n + j]
      if (below < 0) return j
    }
    return n - 1
  })
}

function checkOptions({ epsilon, iterations, tolerance }: Required<SinkhornOptions>): void {
  if (!(epsilon > 0 && epsilon < Infinity))
    throw usageError(`sinkhorn got epsilon ${epsilon}, expected a number above 0: a share of the mean cost`)
  if (!(Number.isSafeInteger(iterations) && iterations >= 1))
    throw usageError(`sinkhorn got ${iterations} iterations, expected a whole number of at least 1`)
  if (!(tolerance >= 0))
    throw usageError(`sinkhorn got tolerance ${tolerance}, expected a number of at least 0`)
}

/**
 * Pairs drawn from the entropic plan of each batch: between the independent coupling (epsilon large) and optimal transport
 * (epsilon small), O(n^2) a sweep. Iterations that run out leave the data's marginal exact and the noise's nearly so.
 * Cuturi (2013, NeurIPS), Pooladian et al. (2023), Tong et al. (2024).
 * @throws WhitewaterError (usage) for options out of range
 */
export function sinkhorn(options: SinkhornOptions = {}): Coupling {
  const { epsilon = 0.05, iterations = 200, tolerance = 1e-3 } = options
  checkOptions({ epsilon, iterations, tolerance })
  return withinClasses('sinkhorn', ({ x0, x1, n, d, stream }) => {
    const cost = squaredDistances(x1, x0, n, d)
    const mean = cost.reduce((sum, c) => sum + c, 0) / (n * n)
    // All points in one place: every plan costs the same.
    const unit = mean > 0 ? mean : 1
    const { values } = entropicPlan(cost, n, { epsilon: epsilon * unit, sweeps: iterations, tolerance })
    return drawPairs(values, n, stream)
  })
}
