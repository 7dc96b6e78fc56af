// Loss weights w(t). Papers state theirs for the squared error of the data; each is carried to what the network predicts:
// with m times its error D_p / sigma times that of x1 (prediction.ts), w_p = w_data sigma^2 / D_p^2.
import { clamp, maximum, minimum, type Operand, type Tensor } from '@whitewater/tensor'
import { z } from 'zod'
import { madeOf, namedKind, namesOf, textsOf, type Choice } from '../kinds/named-kind.ts'
import { pathDeterminant, type Path } from './path.ts'
import { determinant, SILENT_MARGIN, type Prediction } from './prediction.ts'
import { over, plus, squared, times } from './scalar.ts'

export interface LossWeight {
  readonly name: string
  /** w at t [n] for the loss of this prediction on this path: a number, or [n]. */
  readonly at: (path: Path, prediction: Prediction, t: Tensor) => Operand
}

/**
 * Weights that divide are held at the value that they have this near to the ends of the path: no velocity is asked of a
 * prediction nearer to its silent end (prediction.ts).
 */
const END_MARGIN = SILENT_MARGIN

/** A weight from sigma^2 w_data, as a function of the path's alpha and sigma. */
const dataWeight = (
  name: string,
  timesSigma2: (at: { alpha: Operand; sigma: Operand; path: Path; t: Tensor }) => Operand,
): LossWeight => ({
  name,
  at(path, prediction, time) {
    const t = clamp(time, END_MARGIN, 1 - END_MARGIN)
    const alpha = path.alpha(t)
    const sigma = path.sigma(t)
    return over(timesSigma2({ alpha, sigma, path, t }), squared(determinant(prediction, path, t)))
  },
})

/** 1 for whatever is predicted: Eq. 2 for the velocity, Ho et al.'s simple loss (2020) for noise and score. */
export const uniformWeight: LossWeight = { name: 'uniform', at: () => 1 }

/** w_data = alpha^2 / sigma^2, the signal-to-noise ratio: the noise loss of Ho et al. (2020), whatever is predicted. */
const snrWeight: LossWeight = dataWeight('snr', ({ alpha }) => squared(alpha))

/** w_data = D^2 / sigma^2: the velocity's loss (Eq. 2), whatever is predicted, as Li & He (2025) train a data prediction. */
export const velocityWeight: LossWeight = dataWeight('velocity', ({ path, t }) =>
  squared(pathDeterminant(path, t)),
)

const larger = (a: Operand, b: Operand): Operand =>
  typeof a === 'number' && typeof b === 'number' ? Math.max(a, b) : maximum(a, b)

const smaller = (a: Operand, b: Operand): Operand =>
  typeof a === 'number' && typeof b === 'number' ? Math.min(a, b) : minimum(a, b)

/** w_data = max(SNR, 1): never forgets the data near the noise (Salimans & Ho 2022). */
const truncatedSnrWeight: LossWeight = dataWeight('truncated-snr', ({ alpha, sigma }) =>
  larger(squared(alpha), squared(sigma)),
)

/** w_data = min(SNR, gamma): easy times near the data do not crowd out the rest (Hang et al. 2023, gamma = 5). */
export const minSnrWeight = ({ gamma = 5 }: { readonly gamma?: number } = {}): LossWeight =>
  dataWeight(`min-snr(${gamma})`, ({ alpha, sigma }) => smaller(squared(alpha), times(gamma, squared(sigma))))

/** w_data = (s^2 + d^2) / (s d)^2 for s = sigma / alpha and data of standard deviation d: what evens out the loss over t in Karras et al. (2022). */
const edmWeight = ({ dataStd = 1 }: { readonly dataStd?: number } = {}): LossWeight =>
  dataWeight(`edm(${dataStd})`, ({ alpha, sigma }) =>
    plus(times(1 / dataStd ** 2, squared(sigma)), squared(alpha)),
  )

/**
 * Share sigmoid(bias - log SNR) of the variational bound's term at each noise level: w_noise = (d log SNR / dt) / 2 times it
 * (Kingma & Gao 2023; Hoogeboom et al. 2024).
 */
const sigmoidWeight = ({ bias = 0 }: { readonly bias?: number } = {}): LossWeight =>
  dataWeight(`sigmoid(${bias})`, ({ alpha, sigma, path, t }) => {
    // (d log SNR / dt) / 2 = D / (alpha sigma); sigmoid = e^b sigma^2 / (e^b sigma^2 + alpha^2); and w_data sigma^2 = w_noise alpha^2.
    const scale = Math.exp(bias)
    const share = over(times(scale, times(alpha, sigma)), plus(times(scale, squared(sigma)), squared(alpha)))
    return times(pathDeterminant(path, t), share)
  })

const kinds = [
  namedKind({
    name: 'uniform',
    about: "1, in the prediction's own units (Eq. 2)",
    options: {},
    make: () => uniformWeight,
  }),
  namedKind({
    name: 'snr',
    about: 'the noise loss, whatever is predicted',
    options: {},
    make: () => snrWeight,
  }),
  namedKind({
    name: 'velocity',
    about: "the velocity's loss, whatever is predicted",
    options: {},
    make: () => velocityWeight,
  }),
  namedKind({
    name: 'truncated-snr',
    about: 'the larger of data loss and noise loss',
    options: {},
    make: () => truncatedSnrWeight,
  }),
  namedKind({
    name: 'min-snr',
    about: 'the noise loss, bounded near the data',
    options: { gamma: z.number().positive().optional().describe('bound of the ratio; 5 unless given') },
    make: minSnrWeight,
  }),
  namedKind({
    name: 'edm',
    about: 'evens out the loss over t',
    options: {
      dataStd: z.number().positive().optional().describe('standard deviation of the data; 1 unless given'),
    },
    make: edmWeight,
  }),
  namedKind({
    name: 'sigmoid',
    about: 'the variational bound, with the finest noise levels faded out',
    options: { bias: z.number().optional().describe('log SNR of the middle of the fade; 0 unless given') },
    make: sigmoidWeight,
  }),
]

export const lossWeightKinds: readonly string[] = namesOf(kinds)
export const lossWeightTexts = textsOf(kinds)

/**
 * `lossWeightNamed({ kind: 'min-snr', gamma: 5 })`.
 * @throws WhitewaterError (usage) for a kind or an option that there is not
 */
export const lossWeightNamed = (choice: Choice): LossWeight => madeOf('loss weight', kinds, choice)
