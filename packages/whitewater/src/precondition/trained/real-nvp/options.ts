// What a RealNVP preconditioner can be told, and the two reference sizes: 2-D toys (section G.1 of the paper) and 64-d latents (Table 4).
import { z } from 'zod'
import { activations, type Activation } from '../../../nn/networks/coupling-conditioner.ts'
import { maskKinds } from '../../../nn/networks/coupling-masks.ts'
import { scheduleKinds } from '../../../training/schedule.ts'
import { floorOption } from '../../kind.ts'

const count = (what: string) => z.number().int().min(1).optional().describe(what)
const positive = () => z.number().positive().optional()

const activationKinds = Object.keys(activations) as Activation[]

export const optionsShape = {
  couplings: count('affine couplings; 8 unless given, 16 for at most 8 features'),
  width: count('hidden width; 256 unless given, 64 for at most 8 features'),
  depth: count('hidden layers in each coupling; 2 unless given'),
  activation: z.enum(activationKinds).optional().describe('silu unless given'),
  conditioner: z
    .enum(['shared', 'separate'])
    .optional()
    .describe('one network for scale and shift, or one each; shared unless given'),
  mask: z
    .enum(maskKinds)
    .optional()
    .describe('which features a coupling passes through; alternating unless given'),
  clamp: positive().describe('a coupling scales by at most e^clamp, softly; 2 unless given'),
  conditional: z.boolean().optional().describe('whether labels are used where the data has them; true'),
  steps: count('training steps at most; 4000 unless given'),
  batch: count('samples a step; 256 unless given'),
  learningRate: positive().describe('of Adam; 0.002 unless given'),
  schedule: z.enum(scheduleKinds).optional().describe('of the learning rate; cosine unless given'),
  noise: z
    .number()
    .min(0)
    .optional()
    .describe('standard deviation of noise added in training, in those of the data; 0 unless given'),
  heldOut: z
    .number()
    .positive()
    .lt(1)
    .optional()
    .describe('share of the samples that say when to stop; 0.1 unless given'),
  patience: count('looks (40 a run) without a better held-out likelihood before it stops; 10 unless given'),
  floor: floorOption,
}

export type RealNvpOptions = Readonly<z.infer<z.ZodObject<typeof optionsShape>>>

export type RealNvpSettings = Required<RealNvpOptions>

const defaults = {
  depth: 2,
  activation: 'silu',
  conditioner: 'shared',
  mask: 'alternating',
  clamp: 2,
  conditional: true,
  steps: 4000,
  batch: 256,
  learningRate: 2e-3,
  schedule: 'cosine',
  noise: 0,
  heldOut: 0.1,
  patience: 10,
  floor: 1e-6,
} satisfies RealNvpOptions

/** With the defaults for samples of `size` features. */
export const realNvpSettings = (options: RealNvpOptions, size: number): RealNvpSettings => ({
  // With few features a coupling moves few of them by few others: it takes more of them to bend the space.
  ...(size <= 8 ? { couplings: 16, width: 64 } : { couplings: 8, width: 256 }),
  ...defaults,
  ...options,
})
