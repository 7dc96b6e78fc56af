// What one run of Table 1 measures, and what all runs share: plain JSON, as it is kept in files.
import { z } from 'zod'

/** Grey or colour images as bytes, base64, 0 is black: [n, channels, height, width]. */
const picturesSchema = z.object({ shape: z.array(z.number()), bytes: z.string() })
export type Pictures = z.infer<typeof picturesSchema>

/** Distances on features between two sets of images; see `FeatureComparison`. */
export const comparisonSchema = z.object({
  frechet: z.number(),
  mmd: z.number(),
  kid: z.number(),
  precision: z.number(),
  recall: z.number(),
  density: z.number(),
  coverage: z.number(),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** Processor time of all threads, and time on the clock; both without looks. */
export const spentSchema = z.object({ cpu: z.number(), wall: z.number() })
export type Spent = z.infer<typeof spentSchema>

export const lookSchema = comparisonSchema.extend({
  step: z.number(),
  epoch: z.number(),
  /** Seconds of training up to here, without the preconditioner's fit. */
  spent: spentSchema,
  /** Field evaluations for one sample, and of P^-1's own network. */
  evaluations: z.number(),
  preconditionerEvaluations: z.number(),
})
export type Look = z.infer<typeof lookSchema>

/** What a number depends on beside its settings; numbers with other terms are never shown together. */
const termsSchema = z.object({
  /** As `featureTerms` has it. */
  extractor: z.object({ name: z.string(), hash: z.string(), accuracy: z.number().optional() }),
  /** SHA-256 of its weights. */
  autoencoder: z.string(),
})
export type Terms = z.infer<typeof termsSchema>

const kappaSchema = z.array(z.object({ t: z.number(), kappa: z.number() }))

export const fitLookSchema = z.object({ step: z.number(), points: kappaSchema })
export type FitLook = z.infer<typeof fitLookSchema>

export const resultSchema = z.object({
  terms: termsSchema,
  /** Weights of the field and of the preconditioner. */
  parameters: z.number(),
  preconditionerParameters: z.number(),
  /** Floating-point operations of training, counted from the graphs: forward and backward as three times forward. */
  flops: z.object({ field: z.number(), preconditioner: z.number() }),
  /** Seconds of the preconditioner's fit, data mapped included. */
  fit: spentSchema,
  /** Field evaluations for one sample, and of P^-1's own network. */
  evaluations: z.number(),
  preconditionerEvaluations: z.number(),
  generated: z.number(),
  /** In the order of the steps; the last is the row of the table. */
  looks: z.array(lookSchema).min(1),
  /** kappa of Cov(x_t) + delta I of the mapped latents, over t. */
  kappa: kappaSchema,
  /** The same while the preconditioner is trained: after that many of its steps; empty for maps that are not. */
  kappaWhileFitting: z.array(fitLookSchema),
  /** Eigenvalues of Cov(P(latents)), descending. */
  spectrum: z.array(z.number()),
  losses: z.array(z.object({ step: z.number(), loss: z.number() })),
  /** Ten rows, one a class, of the first seed. */
  pictures: picturesSchema.optional(),
})
export type MnistResult = z.infer<typeof resultSchema>

/** What all runs share: features, autoencoder, latents. */
export const preparedSchema = z.object({
  terms: termsSchema,
  extractor: z.object({ name: z.string(), dimension: z.number() }),
  autoencoder: z.object({
    parameters: z.number(),
    /** Wall time of its training. */
    seconds: z.number(),
    epochs: z.number(),
    latent: z.array(z.number()),
    /** Mean squared error a pixel of held-out images in [-1, 1], and the peak signal-to-noise ratio in dB. */
    meanSquaredError: z.number(),
    peakSignalToNoise: z.number(),
  }),
  /** Training and held-out images. */
  images: z.object({ train: z.number(), test: z.number() }),
  /** As many real training images, plain and reconstructed, compared to the test split: what no row can be expected to pass. */
  floor: z.object({ real: comparisonSchema, reconstructed: comparisonSchema }),
  /** RBF bandwidth of all MMD values: the median distance of held-out features. */
  bandwidth: z.number(),
  /** Eigenvalues of the latents, normalised a channel. */
  spectrum: z.array(z.number()),
  kappa: kappaSchema,
  /** Held-out images, a class a line, and their reconstructions. */
  originals: picturesSchema,
  reconstructions: picturesSchema,
})
export type Prepared = z.infer<typeof preparedSchema>
