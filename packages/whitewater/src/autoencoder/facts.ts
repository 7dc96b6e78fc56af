// What encoding and decoding need to know of an autoencoder beside its weights, and what was measured of it.
import { z } from 'zod'

const extents = z.array(z.int()).readonly()

export const factsSchema = z.object({
  model: z.literal('vae'),
  /** Hash of averaged weights and normalisation. */
  hash: z.string(),
  image: extents,
  latent: extents,
  network: z.object({
    latentChannels: z.int(),
    width: z.int(),
    blocks: z.int(),
    groups: z.int(),
    halvings: z.int(),
  }),
  parameters: z.int(),
  /** Training steps, and samples that they drew from. */
  step: z.int(),
  trainedOn: z.int(),
  normalisation: z.object({
    mean: z.array(z.number()).readonly(),
    deviation: z.array(z.number()).readonly(),
  }),
  perceptual: z.object({ name: z.string(), hash: z.string() }).optional(),
  reconstruction: z.object({
    samples: z.int(),
    split: z.enum(['train', 'test']),
    mse: z.number(),
    psnr: z.number(),
    kl: z.number(),
  }),
})

export type AutoencoderFacts = z.infer<typeof factsSchema>
