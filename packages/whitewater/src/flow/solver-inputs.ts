// What the programs of a solver are fed and hold, as symbols and as values of the state's dtype.
import { input, type Data, type NdArray, type Tensor } from '@whitewater/tensor'
import { dtypeOfSpec, type FieldSpec } from './solver-spec.ts'

/** What lives on between runs, under names that no parameter has. */
export const stateNames = { x: 'solver:x', slope: 'solver:k1' } as const

const inputNames = {
  times: 'solver:times',
  sizes: 'solver:h',
  tolerances: 'solver:tolerances',
  noise: 'solver:noise',
  labels: 'solver:labels',
} as const

/** The symbols; a program lists those that it uses. */
export function solverInputs(spec: FieldSpec) {
  const { shape, labels } = spec
  const dtype = dtypeOfSpec(spec)
  return {
    x: input(stateNames.x, shape, dtype),
    /** k1. */
    slope: input(stateNames.slope, shape, dtype),
    times: (count: number) => input(inputNames.times, [count], dtype),
    sizes: (count: number) => input(inputNames.sizes, [count], dtype),
    /** [2]: relative and absolute. */
    tolerances: input(inputNames.tolerances, [2], dtype),
    /** Noise by step, [count, ...shape]. */
    noise: (count: number) => input(inputNames.noise, [count, ...shape], dtype),
    labels: labels ? input(inputNames.labels, [shape[0]], 'int32') : undefined,
  }
}

/** The tensors that are there. */
export const present = (...tensors: readonly (Tensor | undefined)[]): Tensor[] =>
  tensors.filter((tensor) => tensor !== undefined)

export type Feed = Readonly<Record<string, Data | NdArray>>

/** Values of the symbols; those of states for programs that take them as inputs. */
export interface SolverValues {
  readonly x?: NdArray
  readonly slope?: Data
  readonly times?: readonly number[]
  readonly sizes?: readonly number[]
  readonly tolerances?: readonly number[]
  readonly noise?: Data
  readonly labels?: NdArray
}

/** The values that are there, by the names of their symbols. */
export function solverFeed(spec: FieldSpec, values: SolverValues): Feed {
  const { x, slope, times, sizes, tolerances, noise, labels } = values
  const numbers = (given: readonly number[] | undefined): Data | undefined =>
    given && (dtypeOfSpec(spec) === 'float64' ? Float64Array.from(given) : Float32Array.from(given))
  const feed = new Map<string, Data | NdArray | undefined>()
  feed.set(stateNames.x, x)
  feed.set(stateNames.slope, slope)
  feed.set(inputNames.times, numbers(times))
  feed.set(inputNames.sizes, numbers(sizes))
  feed.set(inputNames.tolerances, numbers(tolerances))
  feed.set(inputNames.noise, noise)
  feed.set(inputNames.labels, labels)
  return Object.fromEntries([...feed].flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
