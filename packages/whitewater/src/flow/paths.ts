// The paths beside the linear one, and all of them by name. Every path starts at pure noise and ends at the data.
import { add, clamp, div, exp, mul, pow, scalar, sin, sqrt, sub, tanh, type Tensor } from '@whitewater/tensor'
import { z } from 'zod'
import { usageError } from '../errors.ts'
import { madeOf, namedKind, namesOf, textsOf, type Choice } from '../kinds/named-kind.ts'
import { linearPath, type Path } from './path.ts'
import { times } from './scalar.ts'

const quarterSine = (t: Tensor): Tensor => sin(mul(t, Math.PI / 2))

/**
 * alpha = sin(pi t / 2), sigma = cos(pi t / 2), so alpha^2 + sigma^2 = 1: x_t keeps the variance of data of unit variance,
 * and its determinant is pi / 2 at every t. Nichol & Dhariwal (2021); GVP in Ma et al. (2024, SiT).
 */
export const cosinePath: Path = {
  name: 'cosine',
  alpha: (t) => quarterSine(t),
  // cos(pi t / 2), which is exactly 0 at t = 1 when it is written like this.
  sigma: (t) => quarterSine(sub(1, t)),
  alphaRate: (t) => mul(quarterSine(sub(1, t)), Math.PI / 2),
  sigmaRate: (t) => mul(quarterSine(t), -Math.PI / 2),
}

/**
 * alpha = t^p, sigma = 1 - t^p: the linear path with its time bent, more of it near the noise for p > 1. At t = 0 it stands
 * still there. PolynomialConvexScheduler of Lipman et al. (2024).
 * @throws WhitewaterError (usage) for a power below 1, whose velocity is infinite at t = 0
 */
export function polynomialPath({ power = 2 }: { readonly power?: number } = {}): Path {
  if (!(power >= 1 && power < Infinity))
    throw usageError(`the polynomial path has power ${power}, expected a number of at least 1`)
  const rate = (t: Tensor) => (power === 1 ? 1 : mul(pow(t, scalar(power - 1, t.dtype)), power))
  const alpha = (t: Tensor) => (power === 1 ? t : pow(t, scalar(power, t.dtype)))
  return {
    name: `polynomial(${power})`,
    alpha,
    sigma: (t) => sub(1, alpha(t)),
    alphaRate: rate,
    sigmaRate: (t) => times(-1, rate(t)),
  }
}

/** exp(-y) and 1 - exp(-y) for y >= 0, the second without cancellation: tanh(y / 2) (1 + exp(-y)). */
function decay(y: Tensor): { readonly rest: Tensor; readonly lost: Tensor } {
  const rest = exp(mul(y, -1))
  return { rest, lost: mul(tanh(mul(y, 0.5)), add(1, rest)) }
}

/** The last time that the vp path tells apart: the rate of sigma is infinite at t = 1. */
const LATEST_TIME = 1 - 1e-6

/**
 * The variance-preserving path of score-based diffusion (Ho et al. 2020; Song et al. 2021, Eq. 11) in reversed time s = 1 - t:
 * a = exp(-B / 2), B = betaMin s + (betaMax - betaMin) s^2 / 2, sigma = sqrt(1 - alpha^2). Theirs does not reach pure noise
 * (a is 0.0066 at t = 0 with the usual betas), so a is shifted and scaled to run from 0 to 1 exactly (Lin et al. 2024, zero
 * terminal signal-to-noise ratio): alpha = (a - a0) / (1 - a0). At the data sigma falls like sqrt(betaMin (1 - t)), so its rate
 * has no bound, though sigma times it has; the path therefore stands still from t = 1 - 1e-6 on, where sigma is
 * 3e-4 with the usual betas.
 * @throws WhitewaterError (usage) unless 0 < betaMin <= betaMax
 */
export function vpPath({ betaMin = 0.1, betaMax = 20 }: VpOptions = {}): Path {
  if (!(betaMin > 0 && betaMax >= betaMin && betaMax < Infinity))
    throw usageError(
      `the vp path has betaMin ${betaMin} and betaMax ${betaMax}, expected 0 < betaMin <= betaMax`,
    )
  const slope = betaMax - betaMin
  const atNoise = Math.exp(-(betaMin + slope / 2) / 2)
  const share = 1 / (1 - atNoise)
  /** B / 2 at t, and what it lacks of B / 2 at t = 0: each a product, so that neither end cancels. */
  const toData = (t: Tensor) => {
    const s = sub(1, t)
    return mul(s, add(betaMin / 2, mul(s, slope / 4)))
  }
  const toNoise = (t: Tensor) => mul(t, sub(betaMax / 2, mul(t, slope / 4)))
  const alpha = (t: Tensor) => mul(mul(exp(mul(toData(t), -1)), decay(toNoise(t)).lost), share)
  const alphaRate = (t: Tensor) => {
    const halfBeta = add(betaMin / 2, mul(sub(1, t), slope / 2))
    return mul(mul(exp(mul(toData(t), -1)), halfBeta), share)
  }
  /** sigma^2 = (1 - alpha) (1 + alpha). */
  const sigma = (t: Tensor) => sqrt(mul(mul(decay(toData(t)).lost, share), add(1, alpha(t))))
  const sigmaRate = (t: Tensor) => div(mul(mul(alpha(t), alphaRate(t)), -1), sigma(t))
  const held = (part: (t: Tensor) => Tensor) => (t: Tensor) => part(clamp(t, 0, LATEST_TIME))
  return {
    name: `vp(${betaMin}, ${betaMax})`,
    alpha: held(alpha),
    sigma: held(sigma),
    alphaRate: held(alphaRate),
    sigmaRate: held(sigmaRate),
  }
}

export interface VpOptions {
  /** beta at the data. */
  readonly betaMin?: number
  /** beta at the noise. */
  readonly betaMax?: number
}

const kinds = [
  namedKind({
    name: 'linear',
    about: 'straight lines, (1 - t) x0 + t x1 (Eq. 1)',
    options: {},
    make: () => linearPath,
  }),
  namedKind({
    name: 'cosine',
    about: 'sin and cos of pi t / 2: keeps the variance of data of unit variance (GVP)',
    options: {},
    make: () => cosinePath,
  }),
  namedKind({
    name: 'vp',
    about: 'variance-preserving diffusion, reversed in time',
    options: {
      betaMin: z.number().positive().optional().describe('beta at the data; 0.1 unless given'),
      betaMax: z.number().positive().optional().describe('beta at the noise; 20 unless given'),
    },
    make: vpPath,
  }),
  namedKind({
    name: 'polynomial',
    about: 'the linear path with its time bent, t^power',
    options: { power: z.number().min(1).optional().describe('2 unless given; 1 is the linear path') },
    make: polynomialPath,
  }),
]

export const pathKinds: readonly string[] = namesOf(kinds)
export const pathTexts = textsOf(kinds)

/**
 * `pathNamed({ kind: 'vp', betaMax: 10 })`.
 * @throws WhitewaterError (usage) for a kind or an option that there is not
 */
export const pathNamed = (choice: Choice): Path => madeOf('path', kinds, choice)
