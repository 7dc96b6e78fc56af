// A network's weights as a program holds them: resident, so that they can be replaced, or as constants.
import { fromArray, input, type NdArray, type StateSpec } from '@whitewater/tensor'
import { bound, lookUp, type Scope } from './scope.ts'

/** Values by the parameter's name. */
export type Weights = ReadonlyMap<string, NdArray>

/** What a resident weight is called in a program. */
export const parameterName = (name: string): string => `parameter:${name}`

/** A scope over resident weights, and the program state that holds them. */
export function residentWeights(weights: Weights): {
  readonly scope: Scope
  readonly state: Record<string, StateSpec>
} {
  const tensors = new Map([...weights].map(([name, { shape }]) => [name, input(parameterName(name), shape)]))
  const state = [...weights].map(([name, { data }]) => {
    return [parameterName(name), { current: lookUp(tensors, name), initial: data }] as const
  })
  return { scope: bound(tensors), state: Object.fromEntries(state) }
}

/** A scope over weights that stay as they are: what graphs and exported files are made of. */
export const constantWeights = (weights: Weights): Scope =>
  bound(new Map([...weights].map(([name, value]) => [name, fromArray(value)])))
