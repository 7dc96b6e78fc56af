// How parameters are laid out as program state. Small ones share one vector, since every state value costs a few
// microseconds a run; a large one has a vector of its own, since an optimizer's dozen passes over it then stay in cache
// and nothing is copied to join or part it. Outside this room there is one flat vector, in declaration order.
import { concat, reshape, sizeOf, split, type Program, type Tensor } from '@whitewater/tensor'
import type { Parameter } from '../nn/scope.ts'

/** Elements from which a parameter has a vector of its own. */
const LEAST_OWN_VECTOR = 32_768

export interface Group {
  /** Indices of its parameters, in the order in which they lie in the vector. */
  readonly members: readonly number[]
  readonly size: number
}

export interface Layout {
  readonly parameters: readonly Parameter[]
  readonly groups: readonly Group[]
}

export function layoutOf(parameters: readonly Parameter[]): Layout {
  const indices = parameters.map((_, index) => index)
  const size = (index: number): number => sizeOf(parameters[index].shape)
  const small = indices.filter((index) => size(index) < LEAST_OWN_VECTOR)
  const shared = { members: small, size: small.reduce((sum, index) => sum + size(index), 0) }
  const own = indices
    .filter((index) => size(index) >= LEAST_OWN_VECTOR)
    .map((index) => ({ members: [index], size: size(index) }))
  return { parameters, groups: small.length > 0 ? [shared, ...own] : own }
}

/** Name of the state value that holds a group's part of a vector. */
export const stateName = (vector: string, group: number): string => `${vector}/${group}`

/** The parameters as views of their groups' vectors, in declaration order. */
export function viewsOf({ parameters, groups }: Layout, vectors: readonly Tensor[]): Tensor[] {
  const views: Tensor[] = []
  groups.forEach(({ members }, g) => {
    const parts = split(
      vectors[g],
      members.map((index) => sizeOf(parameters[index].shape)),
    )
    members.forEach((index, at) => (views[index] = reshape(parts[at], parameters[index].shape)))
  })
  return views
}

/** One vector a group, joined from a tensor a parameter. */
export const joined = ({ groups }: Layout, tensors: readonly Tensor[]): Tensor[] =>
  groups.map(({ members }) => concat(members.map((index) => reshape(tensors[index], [-1]))))

/** Where each parameter begins in the flat vector. */
function offsets(parameters: readonly Parameter[]): number[] {
  let offset = 0
  return parameters.map(({ shape }) => (offset += sizeOf(shape)) - sizeOf(shape))
}

/** Writes a flat vector [count] into a program's state. */
export async function writeVector(
  program: Program,
  layout: Layout,
  vector: string,
  flat: Float32Array,
): Promise<void> {
  const { parameters, groups } = layout
  const starts = offsets(parameters)
  for (const [g, { members, size }] of groups.entries()) {
    const part = new Float32Array(size)
    let at = 0
    for (const index of members) {
      const length = sizeOf(parameters[index].shape)
      part.set(flat.subarray(starts[index], starts[index] + length), at)
      at += length
    }
    await program.writeState(stateName(vector, g), part)
  }
}

/** Reads a program's state back as a flat vector [count]. */
export async function readVector(program: Program, layout: Layout, vector: string): Promise<Float32Array> {
  const { parameters, groups } = layout
  const starts = offsets(parameters)
  const flat = new Float32Array(groups.reduce((sum, { size }) => sum + size, 0))
  for (const [g, { members }] of groups.entries()) {
    const part = await program.readState(stateName(vector, g))
    if (!(part instanceof Float32Array)) throw new TypeError(`state ${vector} is not float32`)
    let at = 0
    for (const index of members) {
      const length = sizeOf(parameters[index].shape)
      flat.set(part.subarray(at, at + length), starts[index])
      at += length
    }
  }
  return flat
}
