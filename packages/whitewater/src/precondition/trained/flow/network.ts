// The velocity network of a flow preconditioner: which one it is, and its weights as a field over inputs or constants.
import {
  add,
  div,
  mul,
  ndarray,
  sizeOf,
  sqrt,
  square,
  sub,
  type NdArray,
  type StateSpec,
} from '@whitewater/tensor'
import { failureError, usageError } from '../../../errors.ts'
import { perSample, type Field } from '../../../flow/field.ts'
import type { FieldNetwork } from '../../../nn/network.ts'
import {
  networkKindNamed,
  networkNamed,
  usualNetwork,
  type NetworkName,
} from '../../../nn/networks/registry.ts'
import type { Parameter, Scope } from '../../../nn/scope.ts'
import { constantWeights, residentWeights, type Weights } from '../../../nn/weights.ts'

export interface NetworkOptions {
  /** An mlp for up to 16 features, a residual one for more, unless given. */
  readonly network?: NetworkName
  /** Units or channels of a hidden layer; the network's own unless given. */
  readonly width?: number
  /** Hidden layers or blocks. */
  readonly depth?: number
}

type Sized = NetworkOptions & { readonly network: NetworkName }

/** Every choice made. @throws WhitewaterError (usage) for a size that the network does not have */
export function networkOptions(given: NetworkOptions, features: readonly number[]): Sized {
  const { network = usualNetwork(features), width, depth } = given
  const { options, small } = networkKindNamed(network)
  for (const name of ['width', 'depth'] as const) {
    if (given[name] !== undefined && !(name in options))
      throw usageError(`flow: the network '${network}' has no ${name}: leave it out, or choose mlp`)
  }
  return { ...small, network, ...(width !== undefined && { width }), ...(depth !== undefined && { depth }) }
}

export const networkFor = ({ network, ...sizes }: Sized): FieldNetwork =>
  networkNamed({ kind: network, ...sizes })

/** Weights by name, and what they belong to. */
export interface TrainedNetwork {
  readonly network: FieldNetwork
  readonly weights: Weights
  /** Number of classes, where the field is conditional. */
  readonly classes?: number
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
export const constantField = ({ network, classes, weights }: TrainedNetwork): Field =>
  fieldOf(network, classes, constantWeights(weights))

/** The field over resident weights: what solvers are compiled from. */
export function residentField({ network, classes, weights }: TrainedNetwork): {
  readonly field: Field
  readonly parameters: Record<string, StateSpec>
} {
  const { scope, state } = residentWeights(weights)
  return { field: fieldOf(network, classes, scope), parameters: state }
}

const folder = 'field.'

/** Weights as they are saved. */
export const savedWeights = ({ weights }: TrainedNetwork): [string, NdArray][] =>
  [...weights].map(([name, value]) => [folder + name, value])

/** @throws WhitewaterError (failure) where a weight is missing or of another shape */
export function restoredWeights(
  saved: ReadonlyMap<string, NdArray>,
  parameters: readonly Parameter[],
): Weights {
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
