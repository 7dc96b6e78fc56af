// The exact Gaussian velocity with a network for what is left (docs/preconditioners.md), on any path:
//   v(x, t, y) = alpha' m_y + U_y [ a(t) r + c_out(t) F(c_in(t) r, t, y) ],  r = U_y^T (x - alpha m_y).
// F sees unit covariance at every t (kappa = 1 along the whole path), and what it has to say has unit variance under the Gaussian.
import { add, constant, div, gather, mul, reshape, sizeOf, sub, type Tensor } from '@whitewater/tensor'
import { z } from 'zod'
import { usageError } from '../../errors.ts'
import { evaluateField } from '../../flow/field.ts'
import { kindOf, type Saved } from '../kind.ts'
import type { Settings } from '../preconditioner.ts'
import type { FittedResidual, Residual } from './residual.ts'
import {
  covarianceKinds,
  damaged,
  gaussianOptions,
  gaussiansIn,
  gaussiansOf,
  tensorsOf,
  type Basis,
  type Covariance,
  type GaussianChoice,
  type Gaussians,
} from './gaussians.ts'
import { coefficientsOf, weightsAt } from './coefficients.ts'
import { rotationsOf, type Rotation } from './rotation.ts'

const losses = ['velocity', 'normalised'] as const

export interface GaussianResidualOptions {
  /**
   * Whose mean and covariance: `plain`, those of all data; `class-means`, each class's own mean and the covariance within classes;
   * `class`, each class's own mean and covariance. With classes the null class has those of all data. `plain` unless given.
   */
  readonly covariance?: Covariance
  /**
   * What F sees and says: `eigen`, coordinates along the eigenvectors (of each class's own covariance); `symmetric`, Sigma_t^-1/2
   * (x - alpha m) in the data's own axes, which images, and networks that share weights between classes, need; `none`, variances of
   * the features alone, without any d x d product. `eigen` unless given.
   */
  readonly basis?: Basis
  /** `velocity` (Eq. 2), or `normalised`: the error along each direction divided by c_out. `velocity` unless given. */
  readonly loss?: (typeof losses)[number]
  /** Variances below floor x the largest are raised to it; 1e-8 unless given. Nothing is divided by it but at t = 1. */
  readonly floor?: number
  /** `class` alone: covariances are mixed with the one within classes as if so many more samples had that; d + 1 unless given. */
  readonly pool?: number
}

type Options = GaussianChoice & { readonly loss: (typeof losses)[number] }

const withDefaults = ({
  covariance = 'plain',
  basis = 'eigen',
  loss = 'velocity',
  floor = 1e-8,
  pool,
}: GaussianResidualOptions): Options => ({
  covariance,
  basis,
  loss,
  floor,
  ...(pool !== undefined && { pool }),
})

const KIND = 'gaussian'

/** Where samples lie in their label's Gaussian, as graphs. */
function placing({ means, sets, setOfLabel }: Gaussians) {
  const d = means[0].length
  const table = (rows: readonly ArrayLike<number>[]): Tensor => {
    const data = new Float32Array(rows.length * d)
    rows.forEach((row, i) => data.set(row, i * d))
    return constant(data, [rows.length, d])
  }
  const centres = table(means)
  const variances = table(Array.from(setOfLabel, (g) => sets[g].values))
  const rotations = rotationsOf(
    sets.flatMap((set) => set.vectors ?? []),
    setOfLabel,
  )
  const many = means.length > 1
  return (labels?: Tensor): { mean: Tensor; lambda: Tensor; rotation: Rotation } => {
    if (!many) return { mean: centres, lambda: variances, rotation: rotations() }
    if (!labels)
      throw usageError(`${KIND} was fitted to classes: give labels, ${means.length - 1} is the null class`)
    return { mean: gather(centres, labels), lambda: gather(variances, labels), rotation: rotations(labels) }
  }
}

interface Fitted {
  readonly features: readonly number[]
  readonly options: Options
  readonly description: Settings
}

function fittedResidual({ features, options, description }: Fitted, all: Gaussians): FittedResidual {
  const size = sizeOf(features)
  const place = placing(all)
  const symmetric = options.basis === 'symmetric'
  const flat = (x: Tensor): Tensor => reshape(x, [-1, size])
  return {
    kind: KIND,
    options: { ...options },
    features,
    field: (network, path) => (x, t, labels) => {
      const weights = weightsAt(path, t)
      const { mean, lambda, rotation } = place(labels)
      const { rate, deviation, spread } = coefficientsOf(weights, lambda)
      const r = rotation.into(sub(flat(x), mul(weights.alpha, mean)))
      const even = div(r, deviation)
      const seen = reshape(symmetric ? rotation.back(even) : even, x.shape)
      const said = flat(evaluateField(network, seen, t, labels))
      const rest = mul(spread, symmetric ? rotation.into(said) : said)
      return reshape(add(mul(weights.alphaRate, mean), rotation.back(add(mul(rate, r), rest))), x.shape)
    },
    ...(options.loss === 'normalised' && {
      weigh: (error: Tensor, path, { t, labels }: { readonly t: Tensor; readonly labels?: Tensor }) => {
        const { lambda, rotation } = place(labels)
        const { spread } = coefficientsOf(weightsAt(path, t), lambda)
        return reshape(div(rotation.into(flat(error)), spread), error.shape)
      },
    }),
    describe: () => description,
    tensors: tensorsOf(all),
  }
}

const describe = ({ means, sets }: Gaussians): Settings => ({
  floored: sets.reduce((sum, set) => sum + set.floored, 0),
  features: means[0].length,
  ...(means.length > 1 && { classes: means.length - 1 }),
})

/**
 * The velocity that the data's Gaussian gives exactly (Prop. 3.1), around a network that learns the rest: no second stage, no
 * parameters, two d x d products an evaluation (four with `symmetric`, times the number of covariances with `class`). Fitting is
 * O(n d^2 + d^3). It helps where the data is ill-conditioned or training is short; a Gaussian is then right from the first step.
 */
export function gaussianResidual(options: GaussianResidualOptions = {}): Residual {
  const all = withDefaults(options)
  return {
    kind: KIND,
    options: { ...all },
    needsLabels: all.covariance !== 'plain',
    async fit(data, fitting) {
      const gaussians = await gaussiansOf(KIND, data, all, fitting)
      const description = describe(gaussians)
      return fittedResidual({ features: data.samples.shape.slice(1), options: all, description }, gaussians)
    },
  }
}

const optionSchema = {
  covariance: z
    .enum(covarianceKinds)
    .optional()
    .describe('of all data (plain), pooled within classes about their means (class-means), or of each class'),
  loss: z.enum(losses).optional().describe('squared in velocity units, or with each direction normalised'),
  ...gaussianOptions,
}

function restored({ options, features, description, tensors }: Saved): FittedResidual {
  const gaussians = gaussiansIn(tensors, sizeOf(features))
  const parsed = z.object(optionSchema).safeParse(options)
  if (!gaussians || !parsed.success) throw damaged(KIND)
  return fittedResidual({ features, options: withDefaults(parsed.data), description }, gaussians)
}

export const gaussianResidualKind = kindOf({
  name: KIND,
  about:
    "the exact velocity of the data's Gaussian around the network: kappa = 1 along the path at no cost in training",
  options: optionSchema,
  make: gaussianResidual,
  restore: restored,
})
