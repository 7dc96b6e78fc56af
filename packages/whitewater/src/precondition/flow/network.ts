// The velocity network of a flow preconditioner: which one it is, and its weights as a field over inputs or constants.
import {
  add,
  constant,
  div,
  input,
  mul,
  ndarray,
  sizeOf,
  sqrt,
  square,
  sub,
  type NdArray,
  type StateSpec,
} from '@whitewater/tensor'
import { failureError, usageError } from '../../errors.ts'
import { perSample, type Field } from '../../flow/field.ts'
import type { FieldNetwork } from '../../nn/network.ts'
import { cnn } from '../../nn/networks/cnn.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { residualMlp } from '../../nn/networks/residual-mlp.ts'
import { tiny } from '../../nn/networks/tiny.ts'
import { bound, declare, lookUp, type Parameter, type Scope } from '../../nn/scope.ts'

export const networkNames = ['tiny', 'mlp', 'residual-mlp', 'cnn'] as const

export interface NetworkOptions {
  /** An mlp for up to 16 features, a residual one for more, unless given. */
  readonly network?: (typeof networkNames)[number]
  /** Units or channels of a hidden layer; the network's own unless given. */
  readonly width?: number
  /** Hidden layers or blocks. */
  readonly depth?: number
}

type Sized = Required<Pick<NetworkOptions, 'network'>> & NetworkOptions

/** What is trained where nothing else is asked for: about a tenth of the generator's own default. */
const usual = {
  tiny: {},
  mlp: { width: 64, depth: 3 },
  'residual-mlp': { width: 128, depth: 2 },
  cnn: { width: 64 },
} as const satisfies Record<Sized['network'], Omit<NetworkOptions, 'network'>>

/** Every choice made. @throws WhitewaterError (usage) for a size that the network does not have */
export function networkOptions(given: NetworkOptions, features: readonly number[]): Sized {
  const { network = sizeOf(features) <= 16 ? 'mlp' : 'residual-mlp', width, depth } = given
  const sizes: Omit<NetworkOptions, 'network'> = usual[network]
  for (const name of ['width', 'depth'] as const) {
    if (given[name] !== undefined && !(name in sizes))
      throw usageError(`flow: the network '${network}' has no ${name}: leave it out, or choose mlp`)
  }
  return { ...sizes, network, ...(width !== undefined && { width }), ...(depth !== undefined && { depth }) }
}

export function networkOf({ network, width, depth }: Sized): FieldNetwork {
  switch (network) {
    case 'tiny':
      return tiny()
    case 'mlp':
      return mlp({ width, depth })
    case 'residual-mlp':
      return residualMlp({ width, depth })
    case 'cnn':
      return cnn({ width })
  }
}

/** Weights by name, and what they belong to. */
export interface TrainedNetwork {
  readonly network: FieldNetwork
  readonly weights: ReadonlyMap<string, NdArray<Float32Array>>
  /** Number of classes, where the field is conditional. */
  readonly classes?: number
}

/** The parameters that the network declares for samples of this shape. */
export function parametersOf(
  network: FieldNetwork,
  features: readonly number[],
  classes: number | undefined,
): readonly Parameter[] {
  const x = input('x', [1, ...features])
  const labels = classes === undefined ? undefined : input('labels', [1], 'int32')
  return declare((p) => network.build(p, { x, t: input('t', [1]), labels, classes })).parameters
}

/**
 * v(x, t) = a x + c F(c x, t), s = (1-t)^2 + t^2, a = (2t - 1) / s, c = s^-1/2: the exact velocity of N(0, I) (Prop. 3.1), which is what
 * the scaled data are to first order, and what the network adds to it, with inputs of variance one at every t. A network that adds
 * nothing leaves P the scaling that it begins with.
 */
export const fieldOf =
  (network: FieldNetwork, classes: number | undefined, scope: Scope): Field =>
  (x, t, labels) => {
    const s = add(square(sub(1, t)), square(t))
    const a = perSample(div(sub(mul(t, 2), 1), s), x)
    const c = perSample(div(1, sqrt(s)), x)
    return add(mul(x, a), mul(network.build(scope, { x: mul(x, c), t, labels, classes }), c))
  }

/** The field with its weights as constants: what graphs are made of. */
export const constantField = (trained: TrainedNetwork): Field =>
  fieldOf(
    trained.network,
    trained.classes,
    bound(new Map([...trained.weights].map(([name, { data, shape }]) => [name, constant(data, shape)]))),
  )

/** The field over resident weights: what solvers are compiled from. */
export function residentField(trained: TrainedNetwork): {
  readonly field: Field
  readonly parameters: Record<string, StateSpec>
} {
  const resident = (name: string): string => `parameter:${name}`
  const tensors = new Map(
    [...trained.weights].map(([name, { shape }]) => [name, input(resident(name), shape)]),
  )
  const state = [...trained.weights].map(([name, { data }]) => {
    return [resident(name), { current: lookUp(tensors, name), initial: data }] as const
  })
  return {
    field: fieldOf(trained.network, trained.classes, bound(tensors)),
    parameters: Object.fromEntries(state),
  }
}

const folder = 'field.'

/** Weights as they are saved. */
export const savedWeights = ({ weights }: TrainedNetwork): [string, NdArray][] =>
  [...weights].map(([name, value]) => [folder + name, value])

/** @throws WhitewaterError (failure) where a weight is missing or of another shape */
export function restoredWeights(
  saved: ReadonlyMap<string, NdArray>,
  parameters: readonly Parameter[],
): Map<string, NdArray<Float32Array>> {
  return new Map(
    parameters.map(({ name, shape }) => {
      const data = saved.get(folder + name)?.data
      if (!(data instanceof Float32Array) || data.length !== sizeOf(shape))
        throw failureError(
          `saved flow: the weight '${name}' is missing or not [${shape.join(', ')}]: the folder is damaged, fit again`,
        )
      return [name, ndarray(data, shape)]
    }),
  )
}
