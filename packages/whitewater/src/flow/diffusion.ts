// How much noise an SDE sampler adds: any g(t) >= 0 leaves the marginals of the path as they are (Song et al. 2021;
// Albergo, Boffi & Vanden-Eijnden 2023): dx = [v + (g^2 / 2) grad log p_t] dt + g dW.
import { clamp, type Operand, type Tensor } from '@whitewater/tensor'
import { z } from 'zod'
import { usageError } from '../errors.ts'
import type { Field } from './field.ts'
import { madeOf, namedKind, namesOf, type Choice } from '../kinds/named-kind.ts'
import { pathDeterminant, type Path } from './path.ts'
import { over, plus, times, weightedSum } from './scalar.ts'

export interface Diffusion {
  readonly name: string
  /** c = g^2 / (2 sigma) at t: a number, or [n]. Times sigma times the score it is the drift, which needs no division by sigma. */
  readonly churn: (path: Path, t: Tensor) => Operand
}

export interface DiffusionOptions {
  /** Factor of g^2; 1 unless given, 0 is the probability-flow ODE. */
  readonly strength?: number
}

function checked(strength: number): number {
  if (strength >= 0 && strength < Infinity) return strength
  throw usageError(`the diffusion has strength ${strength}, expected a number of at least 0`)
}

/** g^2 = 2 strength sigma: bounded, and fades out at the data, where noise would have to be undone. Ma et al. (2024). */
export function sigmaDiffusion({ strength = 1 }: DiffusionOptions = {}): Diffusion {
  const factor = checked(strength)
  return { name: `sigma(${strength})`, churn: () => factor }
}

/** Where the rate of `vpDiffusion` stops growing towards the noise. */
const RATE_BOUND_TIME = 0.05

/**
 * g^2 = 2 strength sigma D / alpha: with strength 1 the reversal of the diffusion that the path belongs to (Song et al. 2021;
 * SBDM in Ma et al. 2024). g^2 grows like 1 / t at the noise; before t = 0.05 its rate is that of 0.05, so that steps need not
 * be short there.
 */
export function vpDiffusion({ strength = 1 }: DiffusionOptions = {}): Diffusion {
  const factor = checked(strength)
  return {
    name: `vp(${strength})`,
    churn(path, time) {
      const t = clamp(time, RATE_BOUND_TIME, 1)
      return times(factor, over(pathDeterminant(path, t), path.alpha(t)))
    },
  }
}

/** What divides is held at the value it has this near to the ends of the path. */
const END_MARGIN = 1e-3

/** g^2 = 2 strength: as much noise everywhere. Needs short steps near the data, where it has to be undone at a rate of strength / variance. */
export function constantDiffusion({ strength = 1 }: DiffusionOptions = {}): Diffusion {
  const factor = checked(strength)
  return {
    name: `constant(${strength})`,
    churn: (path, t) => over(factor, path.sigma(clamp(t, 0, 1 - END_MARGIN))),
  }
}

/** v + (g^2 / 2) score, where the score is (alpha v - alpha' x) / (D sigma). */
export const driftField =
  (field: Field, path: Path, diffusion: Diffusion): Field =>
  (x, time, labels) => {
    const v = field(x, time, labels)
    const t = clamp(time, END_MARGIN, 1 - END_MARGIN)
    const factor = over(diffusion.churn(path, time), pathDeterminant(path, t))
    return weightedSum(
      plus(1, times(factor, path.alpha(t))),
      v,
      times(-1, times(factor, path.alphaRate(t))),
      x,
    )
  }

/** g^2 at t. */
export const noiseRate = (path: Path, diffusion: Diffusion, t: Tensor): Operand =>
  times(2, times(diffusion.churn(path, t), path.sigma(t)))

const strength = z.number().min(0).optional().describe('factor of g^2; 1 unless given, 0 is the ODE')

const kinds = [
  namedKind({
    name: 'sigma',
    about: 'g^2 = 2 strength sigma: fades out at the data',
    options: { strength },
    make: sigmaDiffusion,
  }),
  namedKind({
    name: 'vp',
    about: "the path's own diffusion, reversed",
    options: { strength },
    make: vpDiffusion,
  }),
  namedKind({
    name: 'constant',
    about: 'g^2 = 2 strength: needs short steps near the data',
    options: { strength },
    make: constantDiffusion,
  }),
]

export const diffusionKinds: readonly string[] = namesOf(kinds)

/**
 * `diffusionNamed({ kind: 'sigma', strength: 0.5 })`.
 * @throws WhitewaterError (usage) for a kind or an option that there is not
 */
export const diffusionNamed = (choice: Choice): Diffusion => madeOf('diffusion', kinds, choice)
