// Which of the measured candidates to take, and why, in words.
import { formatPlain } from '../../format-number.ts'
import type { Measurement } from './measure.ts'

export interface Measured extends Measurement {
  readonly kind: string
}

export interface Skipped {
  readonly kind: string
  readonly reason: string
}

export interface Choice {
  readonly kind: string
  /** One sentence. */
  readonly because: string
  /** One line a candidate, in their order. */
  readonly candidates: readonly { readonly kind: string; readonly line: string }[]
}

/** A map that loses more of the data than this, relative to their norm, on its way there and back is out. */
export const MOST_ROUND_TRIP_ERROR = 1e-3

/** Standard errors within which two candidates cannot be told apart. */
const TELLING_ERRORS = 3

/** Nats a dimension that nothing can be told from: rounding, and rotations of one whitening. */
const NEGLIGIBLE_NATS = 1e-4

/** Among those, one that leaves at most this many times the least kappa is even enough. */
const AS_EVEN_FACTOR = 2

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Mean and standard error of a - b over paired samples. */
function difference(a: Float64Array, b: Float64Array): { readonly mean: number; readonly error: number } {
  const differences = a.map((value, i) => value - b[i])
  const mean = meanOf(differences)
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / Math.max(1, a.length - 1) / a.length) }
}

type Comparable = Measured & Required<Pick<Measured, 'surprise'>>

const isComparable = (one: Measured): one is Comparable =>
  one.surprise !== undefined &&
  one.roundTrip <= MOST_ROUND_TRIP_ERROR &&
  Number.isFinite(meanOf(one.surprise))

/** Why a measured candidate cannot be chosen. */
const against = ({ surprise, roundTrip }: Measured): string =>
  surprise === undefined
    ? 'has no log-determinant, so that its Gaussianity cannot be compared'
    : roundTrip > MOST_ROUND_TRIP_ERROR
      ? `does not come back: round trip ${formatPlain(roundTrip, 3)}`
      : 'makes held-out samples impossible'

function lineOf(one: Measured, best: Comparable, d: number): string {
  if (!isComparable(one)) return against(one)
  const { mean, error } = difference(one.surprise, best.surprise)
  const behind =
    mean <= NEGLIGIBLE_NATS * d
      ? 'likeliest'
      : `${formatPlain(mean / d, 3)} ± ${formatPlain(error / d, 1)} nats a dimension behind`
  const kappa = one.kappa === undefined ? '' : `, kappa ${formatPlain(one.kappa, 3)}`
  return `${behind}${kappa}, round trip ${formatPlain(one.roundTrip, 2)}`
}

/**
 * The candidate under which held-out samples are likeliest. Of those that cannot be told from it (within 3 standard errors of the
 * paired difference) the first, so the simplest, that leaves at most twice the least kappa.
 * @param candidates simplest first
 * @param d number of features
 * @returns undefined where no candidate can be chosen
 */
export function choose(candidates: readonly (Measured | Skipped)[], d: number): Choice | undefined {
  const measured = candidates.filter((one): one is Measured => !('reason' in one))
  const comparable = measured.filter(isComparable)
  if (comparable.length === 0) return undefined
  const best = comparable.reduce((a, b) => (meanOf(b.surprise) < meanOf(a.surprise) ? b : a))
  const tied = comparable.filter((one) => {
    const { mean, error } = difference(one.surprise, best.surprise)
    return mean <= Math.max(TELLING_ERRORS * error, NEGLIGIBLE_NATS * d)
  })
  const least = Math.min(...tied.map(({ kappa = 1 }) => kappa))
  const chosen = tied.find(({ kappa = 1 }) => kappa <= AS_EVEN_FACTOR * least) ?? best
  const first = comparable[0]
  const ahead = formatPlain(difference(first.surprise, chosen.surprise).mean / d, 3)
  const gain = chosen === first ? '' : `, ${ahead} nats a dimension ahead of ${first.kind}`
  const others = tied.filter((one) => one !== chosen).map(({ kind }) => kind)
  const among =
    others.length === 0
      ? ''
      : `; the simplest even one of those that cannot be told apart (${others.join(', ')})`
  return {
    kind: chosen.kind,
    because: `held-out samples are likeliest under it${gain}${among}`,
    candidates: candidates.map((one) => ({
      kind: one.kind,
      line: 'reason' in one ? `not tried: ${one.reason}` : lineOf(one, best, d),
    })),
  }
}
