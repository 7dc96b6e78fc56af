// Mean and variance of each feature, of samples that arrive in blocks (Chan, Golub & LeVeque 1983): O(n d) work, O(d) memory.
import { WhitewaterError } from '../errors.ts'
import { centreOf, type Samples } from './covariance.ts'
import { mergeCentres, type Counted } from './streaming.ts'

export interface Marginals {
  readonly count: number
  /** [d] */
  readonly mean: Float64Array
  /** Divisor count - 1, [d]. */
  readonly variance: Float64Array
}

/** Sum of squared distances from `centre`, a feature each, added to `target`. */
function addSquares({ data, n, d }: Samples, centre: Float64Array, target: Float64Array): void {
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++) target[j] += (data[at] - centre[j]) ** 2
  }
}

/**
 * @throws RangeError for a block of other than d features
 * @throws WhitewaterError (usage) for fewer than 2 samples
 */
export async function marginalsOf(
  blocks: AsyncIterable<Samples> | Iterable<Samples>,
  d: number,
): Promise<Marginals> {
  let centre: Counted = { count: 0, mean: new Float64Array(d), rest: new Float64Array(d) }
  const squares = new Float64Array(d)
  for await (const block of blocks) {
    if (block.d !== d) throw new RangeError(`got a block of ${block.d} features, expected ${d}`)
    if (block.n === 0) continue
    const own = { count: block.n, ...centreOf(block) }
    addSquares(block, own.mean, squares)
    const merged = mergeCentres(centre, own)
    merged.between.forEach((value, j) => (squares[j] += value * value))
    centre = merged.centre
  }
  const { count, mean } = centre
  if (count < 2) throw new WhitewaterError('usage', `variances need at least 2 samples, got ${count}`)
  return { count, mean, variance: squares.map((sum) => sum / (count - 1)) }
}
