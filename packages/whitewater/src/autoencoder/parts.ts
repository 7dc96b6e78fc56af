// What an autoencoder consists of: its network, its averaged weights, and the scale of its latents.
import { input, ndarray } from '@whitewater/tensor'
import { arraysHash } from '../data/checksum.ts'
import { declare, namedParts, type Parameter } from '../nn/scope.ts'
import type { VaePlan } from '../nn/vae/plan.ts'
import { decoder, encoder } from '../nn/vae/vae.ts'
import type { Weights } from '../nn/weights.ts'

/** Latents are (mean of the posterior - mean) / deviation, a number for each channel. */
export interface Normalisation {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

export interface AutoencoderParts {
  readonly plan: VaePlan
  readonly parameters: readonly Parameter[]
  /** Flat, in the order of the parameters. */
  readonly weights: Float32Array
  readonly normalisation: Normalisation
}

/** The parameters that encoder and decoder declare, in the order of a checkpoint. */
export function parametersOfPlan(plan: VaePlan): readonly Parameter[] {
  const x = input('x', [1, ...plan.image])
  return declare((p) => decoder(p, plan, encoder(p, plan, x).mean)).parameters
}

export const weightsOf = ({ parameters, weights }: AutoencoderParts): Weights =>
  new Map(namedParts(parameters, weights))

/** SHA-256, hex, of all that decides what images and latents become. */
export function hashOf(parts: AutoencoderParts): string {
  const { plan, normalisation } = parts
  const shapes = Int32Array.from([...plan.image, ...plan.latent, plan.groups])
  const scale = Float64Array.from([...normalisation.mean, ...normalisation.deviation])
  return arraysHash([
    ...weightsOf(parts),
    ['shapes', ndarray(shapes, [shapes.length])],
    ['normalisation', ndarray(scale, [scale.length])],
  ])
}
