// The exact velocity of a Gaussian mixture with a network for what is left (Prop. 3.8 in place of a(t) r in docs/preconditioners.md), on any path:
//   v(x, t, y) = v* + R F(c_in(t) U^T (x - alpha m), t, y),   v* = sum_k gamma_k mu_k,   mu_k = alpha' m_k + A_k (x - alpha m_k),
// gamma_k the responsibilities of x_t = x among the components of class y; the null class has all components.
//
// F sees x in the coordinates of the Gaussian of all data, with unit variance at every t: coordinates of each component's own would hide
// from it which component it is in. R carries F's words to the scale of what is left. Given x_t = x under the mixture,
//   Cov(u | x) = sum_k gamma_k C_k + M,   C_k = Cov(u | x, k),   M = sum_k gamma_k (mu_k - v*)(mu_k - v*)^T,
// and R = sum_k gamma_k C_k^1/2 + M / (tr M)^1/2: its exact root where one component is certain, and where two points are to be told apart
// (M then has rank one), and between them otherwise. A scale averaged over x would be that of the widest component everywhere.
import {
  add,
  constant,
  div,
  gather,
  log,
  matmul,
  mul,
  reshape,
  sizeOf,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  transpose,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import { z } from 'zod'
import { usageError } from '../../errors.ts'
import { evaluateField } from '../../flow/field.ts'
import { kindOf, type Saved } from '../kind.ts'
import type { Settings } from '../preconditioner.ts'
import type { FittedResidual, Residual } from './residual.ts'
import { coefficientsOf, weightsAt, type Weights } from './coefficients.ts'
import { damaged, gaussianOptions, gaussiansIn, rowsOf, table, tensorsOf, type Basis } from './gaussians.ts'
import { mixtureComponents, type MixtureChoice, type MixtureParts } from './mixture-fit.ts'
import { rotationsOf } from './rotation.ts'

const KIND = 'mixture'

export interface MixtureResidualOptions {
  /**
   * Components of each class, or of all data where there are no labels, fitted by expectation-maximisation. With labels 1 unless given,
   * which needs no fitting: the classes are the components. Without labels 8 unless given.
   */
  readonly components?: number
  /**
   * Coordinates in which F sees and speaks: `eigen`, along the eigenvectors of the covariance of all data; `symmetric`, the data's own
   * axes; `none`, variances of the features alone, for components too. `eigen` unless given.
   */
  readonly basis?: Basis
  /** Variances below floor x the largest of their component are raised to it; 1e-8 unless given. */
  readonly floor?: number
  /** Where classes are the components: covariances are mixed with the one within classes as if so many more samples had that; d + 1 unless given. */
  readonly pool?: number
}

/** Log weight of a component that a label does not have: finite, for 0 x Infinity is not a number. */
const ABSENT_LOG_WEIGHT = -1e30

const wide = (rows: readonly Float64Array[], shape: readonly number[]): Tensor => {
  const { data } = table(rows)
  return constant(Float32Array.from(data), shape)
}

/** The components as graphs: [K, n, d] for samples [n, d]. */
function componentsOf({ components, weights }: MixtureParts) {
  const { means, sets } = components
  const count = means.length
  const d = means[0].length
  const centres = wide(means, [count, 1, d])
  const lambda = wide(
    sets.map(({ values }) => values),
    [count, 1, d],
  )
  const vectors = sets.flatMap((set) => set.vectors ?? [])
  const basis = vectors.length > 0 ? wide(vectors, [count, d, d]) : undefined
  const logs = wide(
    weights.map((row) => row.map((weight) => (weight > 0 ? Math.log(weight) : ABSENT_LOG_WEIGHT))),
    [weights.length, count],
  )
  const logWeights = (labels: Tensor | undefined): Tensor => {
    if (weights.length === 1) return transpose(logs)
    if (!labels)
      throw usageError(`${KIND} was fitted to classes: give labels, ${weights.length - 1} is the null class`)
    return transpose(gather(logs, labels))
  }
  return {
    centres,
    lambda,
    logWeights,
    into: (x: Tensor): Tensor => (basis ? matmul(x, basis) : x),
    back: (z: Tensor): Tensor => (basis ? matmul(z, basis, { transposeB: true }) : z),
  }
}

type Components = ReturnType<typeof componentsOf>

/** At samples [n, d]: gamma [K, n, 1], mu [K, n, d], v* [n, d], and c_out in each component's basis [K, n, d]. */
function posterior(all: Components, weights: Weights, x: Tensor, labels: Tensor | undefined) {
  const [rows, d] = x.shape
  const { rate, variance, spread } = coefficientsOf(weights, all.lambda)
  const r = all.into(sub(reshape(x, [1, rows, d]), mul(weights.alpha, all.centres)))
  const distance = sum(add(div(square(r), variance), log(variance)), 2)
  const gamma = reshape(softmax(sub(all.logWeights(labels), mul(distance, 0.5)), 0), [-1, rows, 1])
  const velocities = add(mul(weights.alphaRate, all.centres), all.back(mul(rate, r)))
  return { gamma, velocities, velocity: sum(mul(gamma, velocities), 0), spread }
}

type Posterior = ReturnType<typeof posterior>

/** R w for words w [n, d] in the data's axes, [n, d]. */
function scaled(all: Components, { gamma, velocities, velocity, spread }: Posterior, words: Tensor): Tensor {
  const [rows, d] = words.shape
  const each = reshape(words, [1, rows, d])
  const within = sum(mul(gamma, all.back(mul(spread, all.into(each)))), 0)
  const apart = sub(velocities, reshape(velocity, [1, rows, d]))
  const along = sum(mul(gamma, mul(apart, sum(mul(apart, each), 2, { keepDims: true }))), 0)
  const trace = sum(sum(mul(gamma, square(apart)), 2), 0)
  // Where one component is certain both are 0.
  return add(within, div(along, reshape(sqrt(add(trace, 1e-30)), [-1, 1])))
}

interface Fitted {
  readonly features: readonly number[]
  readonly options: MixtureChoice
  readonly description: Settings
}

function fittedResidual({ features, options, description }: Fitted, parts: MixtureParts): FittedResidual {
  const size = sizeOf(features)
  const all = componentsOf(parts)
  const { means, sets, setOfLabel } = parts.overall
  const mean = wide(means, [1, size])
  const lambda = wide([sets[0].values], [1, size])
  const rotation = rotationsOf(
    sets.flatMap((set) => set.vectors ?? []),
    setOfLabel,
  )()
  const symmetric = options.basis === 'symmetric'
  const flat = (x: Tensor): Tensor => reshape(x, [-1, size])
  return {
    kind: KIND,
    options: { ...options },
    features,
    field: (network, path) => (x, t, labels) => {
      const weights = weightsAt(path, t)
      const { deviation } = coefficientsOf(weights, lambda)
      const even = div(rotation.into(sub(flat(x), mul(weights.alpha, mean))), deviation)
      const seen = reshape(symmetric ? rotation.back(even) : even, x.shape)
      const said = flat(evaluateField(network, seen, t, labels))
      const known = posterior(all, weights, flat(x), labels)
      const rest = scaled(all, known, symmetric ? said : rotation.back(said))
      return reshape(add(known.velocity, rest), x.shape)
    },
    describe: () => description,
    tensors: new Map<string, NdArray>([
      ...[...tensorsOf(parts.overall)].map(([name, array]): [string, NdArray] => [`overall.${name}`, array]),
      ...tensorsOf(parts.components),
      ['weights', table(parts.weights)],
    ]),
  }
}

const withDefaults = ({
  components,
  basis = 'eigen',
  floor = 1e-8,
  pool,
}: MixtureResidualOptions): MixtureChoice => ({
  basis,
  floor,
  ...(components !== undefined && { components }),
  ...(pool !== undefined && { pool }),
})

/**
 * The velocity that a Gaussian mixture fitted to the data gives exactly (Prop. 3.8), around a network that learns the rest: for data of
 * several separate, differently shaped parts, where one Gaussian says little. Four d x d products a component and evaluation. Its loss is
 * in velocity units.
 */
export function mixtureResidual(options: MixtureResidualOptions = {}): Residual {
  const choice = withDefaults(options)
  return {
    kind: KIND,
    options: { ...choice },
    async fit(data, fitting) {
      const { parts, description } = await mixtureComponents(KIND, data, choice, fitting)
      return fittedResidual({ features: data.samples.shape.slice(1), options: choice, description }, parts)
    },
  }
}

const optionSchema = {
  components: z
    .int()
    .min(1)
    .optional()
    .describe('of each class (1 unless given), or of all data without labels (8 unless given)'),
  ...gaussianOptions,
}

function restored({ options, features, description, tensors }: Saved): FittedResidual {
  const d = sizeOf(features)
  const own = [...tensors].flatMap(([name, array]): [string, NdArray][] =>
    name.startsWith('overall.') ? [[name.slice('overall.'.length), array]] : [],
  )
  const overall = gaussiansIn(new Map(own), d)
  const components = gaussiansIn(tensors, d)
  const weights = components && rowsOf(tensors.get('weights'), components.means.length)
  const parsed = z.object(optionSchema).safeParse(options)
  if (!overall || !weights || !parsed.success) throw damaged(KIND)
  return fittedResidual(
    { features, options: withDefaults(parsed.data), description },
    { overall, components, weights },
  )
}

export const mixtureResidualKind = kindOf({
  name: KIND,
  about:
    'the exact velocity of a Gaussian mixture around the network: for data in separate parts, by class or found',
  options: optionSchema,
  make: mixtureResidual,
  restore: restored,
})
