// The loss of a variational autoencoder: squared error of pixels, distance of feature maps, KL of the posterior (section I.1 of the paper).
import { add, div, exp, mean, mul, square, stopGradient, sub, type Tensor } from '@whitewater/tensor'
import type { Perceptual } from '../nn/perceptual.ts'
import { decoder, encoder, reparametrised, type Posterior } from '../nn/vae/vae.ts'
import type { VaePlan } from '../nn/vae/plan.ts'
import type { Objective } from '../training/step.ts'
import type { AutoencoderSettings } from './settings.ts'

/** KL(q(z | x) | N(0, I)) = (mean^2 + variance - log variance - 1) / 2, in nats a dimension, averaged over samples. */
export const klDivergence = ({ mean: centre, logVariance }: Posterior): Tensor =>
  mul(mean(sub(add(square(centre), exp(logVariance)), add(logVariance, 1))), 0.5)

/** Keeps the distance of empty maps finite. */
const EPSILON = 1e-6

/** Squared distance of feature maps as a share of their mean square, averaged over the maps: no scale of the features matters. */
export function perceptualDistance(perceptual: Perceptual, images: Tensor, made: Tensor): Tensor {
  const own = perceptual.maps(made)
  const distances = perceptual.maps(images).map((map, i) => {
    const target = stopGradient(map)
    return div(mean(square(sub(own[i], target))), add(mean(square(target)), EPSILON))
  })
  return mul(
    distances.reduce((sum, distance) => add(sum, distance)),
    1 / distances.length,
  )
}

/** Mean squared error a pixel + perceptualWeight * perceptual distance + klWeight * KL a dimension. */
export function autoencoderObjective(
  plan: VaePlan,
  { batch, klWeight, perceptualWeight }: AutoencoderSettings,
  perceptual: Perceptual | undefined,
): Objective {
  return {
    batch: { x: { shape: [batch, ...plan.image] }, noise: { shape: [batch, ...plan.latent] } },
    loss(p, { x, noise }) {
      const posterior = encoder(p, plan, x)
      const made = decoder(p, plan, reparametrised(posterior, noise))
      const error = mean(square(sub(made, x)))
      const regular = add(error, mul(klDivergence(posterior), klWeight))
      return perceptual
        ? add(regular, mul(perceptualDistance(perceptual, x, made), perceptualWeight))
        : regular
    },
  }
}
