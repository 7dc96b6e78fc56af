// The exact Gaussian velocity with a network for what is left (SPEC.md section 6), on any path:
//   v(x, t, y) = alpha' m_y + U_y [ a(t) r + c_out(t) F(c_in(t) r, t, y) ],  r = U_y^T (x - alpha m_y).
// F sees unit covariance at every t (kappa = 1 along the whole path), and what it has to say has unit variance under the Gaussian.
import {
  add,
  constant,
  div,
  gather,
  mul,
  ndarray,
  reshape,
  sizeOf,
  sub,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import { z } from 'zod'
import { failureError, usageError } from '../../errors.ts'
import { evaluateField } from '../../flow/field.ts'
import { kindOf, type Saved } from '../kind.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { FitOptions, Settings } from '../preconditioner.ts'
import type { FittedTimeDependent, TimeDependent } from '../time-dependent.ts'
import { coefficientsOf, weightsAt } from './coefficients.ts'
import { rotationsOf, type Rotation } from './rotation.ts'
import { directionsOf, partOf, partsOfClasses, together, within, type Directions } from './statistics.ts'

const covariances = ['plain', 'class-means', 'class'] as const
const bases = ['eigen', 'symmetric', 'none'] as const
const losses = ['velocity', 'normalised'] as const

export interface GaussianResidualOptions {
  /**
   * Whose mean and covariance: `plain`, those of all data; `class-means`, each class's own mean and the covariance within classes;
   * `class`, each class's own mean and covariance. With classes the null class has those of all data. `plain` unless given.
   */
  readonly covariance?: (typeof covariances)[number]
  /**
   * What F sees and says: `eigen`, coordinates along the eigenvectors (of each class's own covariance); `symmetric`, Sigma_t^-1/2
   * (x - alpha m) in the data's own axes, which images, and networks that share weights between classes, need; `none`, variances of
   * the features alone, without any d x d product. `eigen` unless given.
   */
  readonly basis?: (typeof bases)[number]
  /** `velocity` (Eq. 2), or `normalised`: the error along each direction divided by c_out. `velocity` unless given. */
  readonly loss?: (typeof losses)[number]
  /** Variances below floor x the largest are raised to it; 1e-8 unless given. Nothing is divided by it but at t = 1. */
  readonly floor?: number
  /** `class` alone: covariances are mixed with the one within classes as if so many more samples had that; d + 1 unless given. */
  readonly pool?: number
}

type Options = Required<Omit<GaussianResidualOptions, 'pool'>> & Pick<GaussianResidualOptions, 'pool'>

const withDefaults = ({
  covariance = 'plain',
  basis = 'eigen',
  loss = 'velocity',
  floor = 1e-8,
  pool,
}: GaussianResidualOptions): Options => ({
  ...{ covariance, basis, loss, floor },
  ...(pool !== undefined && { pool }),
})

/** The Gaussian of each label; a single one where labels do not matter, else the null class comes last. */
interface Gaussians {
  readonly means: readonly Float64Array[]
  readonly sets: readonly Directions[]
  readonly setOfLabel: Int32Array
}

const KIND = 'gaussian'

async function gaussiansOf(data: Dataset, options: Options, engine?: FitOptions): Promise<Gaussians> {
  const { covariance, basis, floor, pool } = options
  const d = sizeOf(data.samples.shape.slice(1))
  const diagonal = basis === 'none'
  const decomposed = (scatter: Float64Array, divisor: number): Promise<Directions> =>
    directionsOf(data.name, scatter, divisor, { d, floor })
  if (covariance === 'plain') {
    const { count, mean, scatter } = await partOf(data, diagonal, engine)
    return { means: [mean], sets: [await decomposed(scatter, count - 1)], setOfLabel: Int32Array.of(0) }
  }
  const parts = await partsOfClasses(KIND, data, diagonal, engine)
  const all = together(parts)
  const means = [...parts, all].map(({ mean }) => mean)
  const ofAll = await decomposed(all.scatter, all.count - 1)
  const shared = within(parts)
  const freedom = Math.max(all.count - parts.length, 1)
  if (covariance === 'class-means') {
    const setOfLabel = new Int32Array(parts.length + 1)
    setOfLabel[parts.length] = 1
    return { means, sets: [await decomposed(shared, freedom), ofAll], setOfLabel }
  }
  const more = pool ?? d + 1
  const sets: Directions[] = []
  for (const { count, scatter } of parts) {
    const mixed = scatter.map((value, at) => value + more * (shared[at] / freedom))
    sets.push(await decomposed(mixed, count - 1 + more))
  }
  return { means, sets: [...sets, ofAll], setOfLabel: Int32Array.from(means.keys()) }
}

function tensorsOf({ means, sets, setOfLabel }: Gaussians, d: number): Map<string, NdArray> {
  const joined = (parts: readonly Float64Array[]) => Float64Array.from(parts.flatMap((part) => [...part]))
  const vectors = sets.flatMap((set) => set.vectors ?? [])
  return new Map<string, NdArray>([
    ['means', ndarray(joined(means), [means.length, d])],
    ['set_of_label', ndarray(setOfLabel, [setOfLabel.length])],
    ['variances', ndarray(joined(sets.map(({ values }) => values)), [sets.length, d])],
    ...vectors.map((set, g): [string, NdArray] => [`vectors.${g}`, ndarray(set, [d, d])]),
  ])
}

/** Where samples lie in their label's Gaussian, as graphs. */
function placing({ means, sets, setOfLabel }: Gaussians) {
  const d = means[0].length
  const table = (rows: readonly ArrayLike<number>[]): Tensor => {
    const data = new Float32Array(rows.length * d)
    rows.forEach((row, i) => data.set(row, i * d))
    return constant(data, [rows.length, d])
  }
  const [centres, variances] = [table(means), table(Array.from(setOfLabel, (g) => sets[g].values))]
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

function fittedResidual({ features, options, description }: Fitted, all: Gaussians): FittedTimeDependent {
  const size = sizeOf(features)
  const place = placing(all)
  const symmetric = options.basis === 'symmetric'
  const flat = (x: Tensor): Tensor => reshape(x, [-1, size])
  return {
    ...{ kind: KIND, options: { ...options }, features },
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
    tensors: tensorsOf(all, size),
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
export function gaussianResidual(options: GaussianResidualOptions = {}): TimeDependent {
  const all = withDefaults(options)
  return {
    ...{ kind: KIND, options: { ...all }, needsLabels: all.covariance !== 'plain' },
    async fit(data, engine) {
      const gaussians = await gaussiansOf(data, all, engine)
      const description = describe(gaussians)
      return fittedResidual({ features: data.samples.shape.slice(1), options: all, description }, gaussians)
    },
  }
}

const optionSchema = {
  covariance: z
    .enum(covariances)
    .optional()
    .describe('of all data (plain), pooled within classes about their means (class-means), or of each class'),
  basis: z
    .enum(bases)
    .optional()
    .describe(
      "what the network sees: eigen-directions, the data's own axes (symmetric), or single features (none)",
    ),
  loss: z.enum(losses).optional().describe('squared in velocity units, or with each direction normalised'),
  floor: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('variances below this share of the largest are raised to it; 1e-8 unless given'),
  pool: z
    .number()
    .min(0)
    .optional()
    .describe('samples that a class borrows from the covariance within classes; features + 1 unless given'),
}

function rowsOf(array: NdArray | undefined, d: number): Float64Array[] | undefined {
  if (!(array?.data instanceof Float64Array)) return undefined
  const { data } = array
  return Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d))
}

function restored({ options, features, description, tensors }: Saved): FittedTimeDependent {
  const d = sizeOf(features)
  const means = rowsOf(tensors.get('means'), d)
  const values = rowsOf(tensors.get('variances'), d)
  const setOfLabel = tensors.get('set_of_label')?.data
  const parsed = z.object(optionSchema).safeParse(options)
  if (!means || !values || !(setOfLabel instanceof Int32Array) || !parsed.success)
    throw failureError(
      `saved ${KIND} residual lacks means, variances or options: the folder is damaged, fit again`,
    )
  const sets = values.map((own, g): Directions => {
    const vectors = tensors.get(`vectors.${g}`)?.data
    return { values: own, floored: 0, ...(vectors instanceof Float64Array && { vectors }) }
  })
  return fittedResidual(
    { features, options: withDefaults(parsed.data), description },
    { means, sets, setOfLabel },
  )
}

export const gaussianResidualKind = kindOf({
  name: KIND,
  about:
    "the exact velocity of the data's Gaussian around the network: kappa = 1 along the path at no cost in training",
  options: optionSchema,
  make: gaussianResidual,
  restore: restored,
})
