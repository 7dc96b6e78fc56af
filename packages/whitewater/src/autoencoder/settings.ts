// Every choice of an autoencoder's training, validated, with its default and meaning in one place.
import { z } from 'zod'
import { sourceSchema } from '../data/source.ts'

const count = (meaning: string) => z.int().min(1).describe(meaning)

/** Every entry has a default, but for `halvings`, which follows from the images. */
export const autoencoderSettings = z.strictObject({
  latentChannels: count('channels of the latents').default(4),
  width: count('channels at half resolution, doubled with every halving up to fourfold').default(32),
  blocks: count('residual blocks at each resolution of encoder and decoder').default(1),
  groups: count('of the group norm; must divide the width').default(8),
  halvings: count(
    'how often both sides are halved; until the longer is at most 4, but at most 3, unless given',
  )
    .max(8)
    .optional(),
  klWeight: z.number().min(0).default(1e-4).describe('of the KL divergence, in nats a dimension'),
  perceptualWeight: z.number().min(0).default(0.1).describe('of the perceptual distance, where there is one'),
  steps: count('training steps').default(2400),
  batch: count('images a step').default(128),
  learningRate: z.number().positive().default(1e-3).describe('of AdamW, after warm-up'),
  schedule: z.enum(['constant', 'cosine']).default('cosine').describe('of the learning rate'),
  warmup: z.int().min(0).default(100).describe('steps of linear warm-up'),
  weightDecay: z.number().min(0).default(0.01).describe('of AdamW'),
  clip: z.number().positive().default(1).describe('largest global norm of the gradient'),
  averageDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0.999)
    .describe('largest decay of the moving average of the weights'),
  checkpointEvery: count('steps between checkpoints').default(500),
  seed: z.int().min(0).default(0).describe('of weights, batches and noise'),
})

export type AutoencoderSettings = z.infer<typeof autoencoderSettings>
/** The same, with everything optional. */
export type AutoencoderSettingsInput = z.input<typeof autoencoderSettings>

/** A run's `config.yaml`: what it trains, its settings, the classifier that compares images, and where they came from. */
export const autoencoderConfig = autoencoderSettings.extend({
  model: z.literal('vae'),
  perceptual: z.string().default('none').describe('classifier whose feature maps compare images'),
  perceptualHash: z.string().optional().describe('of its weights; written by the run'),
  data: sourceSchema.describe('the dataset, with the options of its source'),
})

export type AutoencoderConfig = z.infer<typeof autoencoderConfig>
