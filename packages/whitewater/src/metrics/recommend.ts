// What to do about a path's condition number, said in a sentence with its reason, and what the numbers do not say.
import { formatInteger, formatPlain } from '../format-number.ts'
import { hasNarrow, type Diagnosis, type PreconditionerDiagnosis } from './diagnosis/result.ts'

/** Largest kappa(S_t) that is no obstacle: Eq. 17 then asks for about 25 iterations. */
const HARMLESS_KAPPA = 10

/** A simpler preconditioner is as good as the best when it comes within this factor of its kappa. */
const AS_GOOD_FACTOR = 2

/** Mean variances beyond this factor from the noise's 1 are a matter of scale alone. */
const SCALE_FACTOR = 30

/** A map that loses more of the data than this on its way there and back is not to be recommended. */
const MOST_ROUND_TRIP_ERROR = 1e-2

/** A map that leaves less than this kappa makes all directions count alike. */
const WHITE_KAPPA = 2

/** Dimensions from which on faint directions may be many. */
const MANY_DIMENSIONS = 32

/** White data's own kappa from which on the number of samples is worth a word. */
const UNSURE_KAPPA = 2

export type Evidence = Pick<
  Diagnosis,
  'samples' | 'spectrum' | 'maxKappa' | 'support' | 'wide' | 'sampling' | 'classes'
> & {
  /** Simplest first. */
  readonly preconditioners: readonly Pick<
    PreconditionerDiagnosis,
    'kind' | 'byClass' | 'maxKappa' | 'wideKappa' | 'roundTripError'
  >[]
}

export type Recommendation = Pick<Diagnosis, 'recommended' | 'recommendation' | 'caveats'>

const judged = (evidence: Evidence): number => (hasNarrow(evidence) ? evidence.wide.kappa : evidence.maxKappa)

interface Candidate {
  readonly kind: string
  readonly kappa: number
}

const candidatesOf = (evidence: Evidence): Candidate[] =>
  evidence.preconditioners
    .filter(({ roundTripError }) => roundTripError <= MOST_ROUND_TRIP_ERROR)
    .map(({ kind, maxKappa, wideKappa }) => ({ kind, kappa: hasNarrow(evidence) ? wideKappa : maxKappa }))

function whereOf(evidence: Evidence): string {
  const kappa = `kappa(S_t) reaches ${formatPlain(judged(evidence))} at t = 1`
  return hasNarrow(evidence)
    ? `${kappa} on the ${formatInteger(evidence.wide.dimension)} of ${formatInteger(evidence.spectrum.length)} directions that vary enough to matter`
    : kappa
}

/** No more samples than dimensions: a map that mixes directions fits the samples, one variance a feature can still be had. */
function tooFew(evidence: Evidence): Omit<Recommendation, 'caveats'> | undefined {
  const { sampling, wide, spectrum, samples } = evidence
  if (sampling.smallest > 0) return undefined
  const kappa = judged(evidence)
  const found = `kappa(S_t) reaches ${formatPlain(kappa)} at t = 1 on the ${formatInteger(wide.dimension)} of ${formatInteger(spectrum.length)} directions that ${formatInteger(samples)} samples show`
  const why = 'whitening would even out these samples, not the data'
  const simple = candidatesOf(evidence).find(({ kind }) => kind === 'standardise')
  return simple && simple.kappa <= kappa / AS_GOOD_FACTOR
    ? {
        recommended: 'standardise',
        recommendation: `Use standardise, and gather more samples before you whiten: ${found}, and standardise, which needs only the variance of each feature, brings it to ${formatPlain(simple.kappa)}; ${why}.`,
      }
    : {
        recommended: 'none',
        recommendation: `Gather more samples before you decide: ${found}, nothing is known of the others, and ${why}.`,
      }
}

const worstClass = (classes: NonNullable<Evidence['classes']>) =>
  classes.reduce((most, one) => (one.kappa > most.kappa ? one : most))

/** Round as a whole and narrow within its classes, all of which vary in every direction: the worst component sets the pace. */
function narrowClasses(evidence: Evidence): Omit<Recommendation, 'caveats'> | undefined {
  const { classes = [], spectrum, preconditioners } = evidence
  const whole = classes.length > 1 && classes.every(({ support }) => support.dimension === spectrum.length)
  if (!whole || judged(evidence) > HARMLESS_KAPPA || worstClass(classes).kappa <= HARMLESS_KAPPA)
    return undefined
  const found = preconditioners.find(
    ({ byClass, maxKappa, roundTripError }) =>
      byClass && maxKappa < WHITE_KAPPA && roundTripError <= MOST_ROUND_TRIP_ERROR,
  )
  return (
    found && {
      recommended: found.kind,
      recommendation: `Use ${found.kind} if the generator is class-conditional: over all samples ${whereOf(evidence)}, but within class ${worstClass(classes).label} it is ${formatPlain(worstClass(classes).kappa)}, and the worst component sets the pace (Thm 3.9); with ${found.kind} it is at most ${formatPlain(found.maxKappa)}.`,
    }
  )
}

/** Data that needs nothing, or nothing but another scale; undefined where it needs more. */
function harmless(evidence: Evidence): Omit<Recommendation, 'caveats'> | undefined {
  const { spectrum, sampling, samples } = evidence
  const kappa = judged(evidence)
  const variance = spectrum.reduce((sum, value) => sum + value, 0) / spectrum.length
  const misscaled = variance > SCALE_FACTOR || variance < 1 / SCALE_FACTOR
  if (
    kappa <= HARMLESS_KAPPA &&
    misscaled &&
    candidatesOf(evidence).some(({ kind }) => kind === 'standardise')
  ) {
    return {
      recommended: 'standardise',
      recommendation: `Use standardise: the path is well conditioned (${whereOf(evidence)}), but the data's mean variance is ${formatPlain(variance)} and the noise's is 1, so only the scale needs mending.`,
    }
  }
  if (kappa <= HARMLESS_KAPPA) {
    return {
      recommended: 'none',
      recommendation: `You do not need preconditioning: ${whereOf(evidence)}, and below ${HARMLESS_KAPPA} no direction is learned much more slowly than another.`,
    }
  }
  if (sampling.smallest > 0 && kappa <= sampling.kappa) {
    return {
      recommended: 'none',
      recommendation: `Nothing here says that you need preconditioning: ${whereOf(evidence)}, but ${formatInteger(samples)} samples of perfectly round data in as many dimensions measure up to ${formatPlain(sampling.kappa)}. More samples would tell.`,
    }
  }
  return undefined
}

function choice(evidence: Evidence): Omit<Recommendation, 'caveats'> {
  const kappa = judged(evidence)
  const candidates = candidatesOf(evidence)
  const best = candidates.reduce((least, candidate) => Math.min(least, candidate.kappa), Infinity)
  const chosen = candidates.find((candidate) => candidate.kappa <= AS_GOOD_FACTOR * best)
  if (!chosen || best > kappa / AS_GOOD_FACTOR) {
    const reach = chosen
      ? `the best brings it to ${formatPlain(best)}`
      : 'none maps the data back to what it was'
    return {
      recommended: 'none',
      recommendation: `No preconditioner here helps: ${whereOf(evidence)}, and ${reach}.`,
    }
  }
  const beside = candidates
    .filter(({ kind }) => kind !== chosen.kind)
    .map(({ kind, kappa: other }) => `${kind} ${formatPlain(other)}`)
    .join(', ')
  return {
    recommended: chosen.kind,
    recommendation: `Use ${chosen.kind}: ${whereOf(evidence)}; with ${chosen.kind} it is at most ${formatPlain(chosen.kappa)}${beside && ` (${beside})`}, so gradient descent on a linear model needs ${formatPlain((kappa + 1) / (chosen.kappa + 1))} times fewer iterations.`,
  }
}

/** How far the number of samples lets the numbers be trusted. */
function samplingCaveat({ samples, spectrum, sampling }: Evidence): string | undefined {
  if (sampling.smallest === 0) {
    return `With ${formatInteger(samples)} samples in ${formatInteger(spectrum.length)} dimensions the covariance is singular: its smallest eigenvalues are not known, and kappa near t = 1 is set by the regularisation.`
  }
  if (sampling.kappa < UNSURE_KAPPA) return undefined
  return `With ${formatInteger(samples)} samples in ${formatInteger(sampling.dimension)} dimensions even perfectly round data measures kappa ${formatPlain(sampling.kappa)}: the true kappa may be smaller than measured by up to that factor, and whitening fitted here leaves about ${formatPlain(sampling.kappa)}, not 1, on fresh samples.`
}

function narrowCaveat(evidence: Evidence): string | undefined {
  const { spectrum, wide, support, sampling } = evidence
  if (!hasNarrow(evidence) || sampling.smallest === 0) return undefined
  const still = spectrum.length - support.dimension
  const faint = support.dimension - wide.dimension
  const parts = [
    still > 0 &&
      `In ${formatInteger(still)} of ${formatInteger(spectrum.length)} directions the data does not vary`,
    faint > 0 &&
      `${still > 0 ? 'in' : 'In'} ${formatInteger(faint)}${still > 0 ? '' : ` of ${formatInteger(spectrum.length)} directions`} it varies by less than 1e-6 of the largest variance`,
  ].filter((part) => part !== false)
  return `${parts.join(', ')}: no map here evens these out, and there kappa near t = 1 is set by the regularisation (kappa on all that vary: ${formatPlain(support.kappa)}).`
}

function classCaveat({ classes = [], spectrum }: Evidence): string | undefined {
  if (classes.length < 2) return undefined
  const worst = worstClass(classes)
  if (worst.kappa <= HARMLESS_KAPPA) return undefined
  const least = classes.reduce((low, { kappa }) => Math.min(low, kappa), Infinity)
  const flat = classes.filter(({ support }) => support.dimension < spectrum.length).length
  const why =
    flat > 0
      ? ` In ${formatInteger(flat)} of ${formatInteger(classes.length)} classes some directions do not vary (too few samples, or constant features), so that the regularisation sets kappa.`
      : ''
  return `Within classes kappa goes from ${formatPlain(least)} to ${formatPlain(worst.kappa)} (class ${worst.label}): one map for all classes does not even out each, and the worst sets the pace (Thm 3.9).${why}`
}

/** Whitening makes faint directions count as much as the others, which pays only where they matter. */
function faintCaveat({ spectrum, preconditioners }: Evidence, kind: string): string | undefined {
  const whitens = preconditioners.some((one) => one.kind === kind && one.wideKappa < WHITE_KAPPA)
  const total = spectrum.reduce((sum, value) => sum + value, 0)
  let sum = 0
  let count = 0
  while (sum < 0.99 * total) sum += spectrum[count++]
  if (!whitens || spectrum.length < MANY_DIMENSIONS || count > spectrum.length / 2) return undefined
  return `99 % of the variance lies in ${formatInteger(count)} of ${formatInteger(spectrum.length)} directions, and ${kind} makes the others count as much. Where those are noise that nobody looks at, as in images, compare samples trained with and without it before you decide.`
}

function lossyCaveat({ preconditioners }: Evidence): string | undefined {
  const lossy = preconditioners.filter(({ roundTripError }) => !(roundTripError <= MOST_ROUND_TRIP_ERROR))
  if (lossy.length === 0) return undefined
  const named = lossy.map(({ kind, roundTripError }) => `${kind} ${formatPlain(roundTripError)}`).join(', ')
  return `Left out because they do not map the data back to what it was (relative error): ${named}.`
}

/** Judges by kappa along the path, where some directions are too narrow for any map by kappa on the others. */
export function recommend(evidence: Evidence): Recommendation {
  const chosen = tooFew(evidence) ?? narrowClasses(evidence) ?? harmless(evidence) ?? choice(evidence)
  const caveats = [
    samplingCaveat(evidence),
    narrowCaveat(evidence),
    classCaveat(evidence),
    faintCaveat(evidence, chosen.recommended),
    lossyCaveat(evidence),
  ].filter((caveat) => caveat !== undefined)
  return { ...chosen, caveats }
}
