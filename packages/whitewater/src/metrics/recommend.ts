// What to do about a path's condition number, said in a sentence with its reason.
import type { Diagnosis } from './diagnose.ts'

/** Largest kappa(S_t) that is no obstacle: Eq. 17 then asks for about 25 iterations. */
const HARMLESS = 10

/** A simpler preconditioner is as good as the best when it comes within this factor of its kappa. */
const AS_GOOD = 2

/** Mean variances beyond this factor from the noise's 1 are a matter of scale alone. */
const SCALE = 30

const round = (value: number): string =>
  value >= 1e5 || value < 1e-2
    ? value.toExponential(1).replace('e+', 'e')
    : String(Number(value.toPrecision(2)))

type Evidence = Pick<Diagnosis, 'samples' | 'spectrum' | 'path'>

interface Candidate {
  readonly kind: string
  readonly kappa: number
}

/** Largest kappa along the path under each preconditioner, simplest first. */
function candidatesOf({ path }: Evidence): Candidate[] {
  return Object.keys(path[0].preconditioned).map((kind) => ({
    kind,
    kappa: Math.max(...path.map(({ preconditioned }) => preconditioned[kind].kappa)),
  }))
}

/** What kappa near t = 1 does not say. */
function caveatsOf({ samples, spectrum }: Evidence): string {
  if (samples <= spectrum.length) {
    return ` With ${samples} samples in ${spectrum.length} dimensions the covariance is singular: its smallest eigenvalues are not known, and kappa near t = 1 is set by the regularisation.`
  }
  const still = spectrum.filter((value) => value <= 1e-12 * spectrum[0]).length
  return still === 0
    ? ''
    : ` In ${still} of ${spectrum.length} directions the data does not vary: kappa near t = 1 is set by the regularisation there.`
}

export function recommend(evidence: Evidence): string {
  const { spectrum, path } = evidence
  const worst = path.reduce((most, point) => (point.kappa > most.kappa ? point : most))
  const variance = spectrum.reduce((sum, value) => sum + value, 0) / spectrum.length
  const candidates = candidatesOf(evidence)
  const best = Math.min(...candidates.map(({ kappa }) => kappa))
  const chosen = candidates.find(({ kappa }) => kappa <= AS_GOOD * best)
  const found = `kappa(S_t) reaches ${round(worst.kappa)} at t = ${worst.t}`
  if (worst.kappa <= HARMLESS && (variance > SCALE || variance < 1 / SCALE)) {
    return `Use standardise: the path is well conditioned (${found}), but the data's mean variance is ${round(variance)} and the noise's is 1, so only the scale needs mending.`
  }
  if (worst.kappa <= HARMLESS) {
    return `You do not need preconditioning: ${found}, and below ${HARMLESS} no direction is learned much more slowly than another.${caveatsOf(evidence)}`
  }
  if (!chosen || best > worst.kappa / AS_GOOD) {
    return `No preconditioner here helps: ${found}, and the best brings it to ${round(best)}.${caveatsOf(evidence)}`
  }
  const others = candidates.filter(({ kind }) => kind !== chosen.kind)
  const beside = others.map(({ kind, kappa }) => `${kind} ${round(kappa)}`).join(', ')
  const gain = ((worst.kappa + 1) / (chosen.kappa + 1)).toPrecision(2)
  const fewer = Number(gain) >= 1e4 ? round(Number(gain)) : String(Number(gain))
  return `Use ${chosen.kind}: ${found}; with ${chosen.kind} it stays at ${round(chosen.kappa)} or below${beside && ` (${beside})`}, so gradient descent on a linear model needs ${fewer} times fewer iterations.${caveatsOf(evidence)}`
}
