// Which state a run may write over. An optimizer's moments then take one buffer instead of two, and a pass over them touches two
// thirds of the memory.
import { computed, type Tensor } from './tensor.ts'

/** Operations whose result is new: what reads it does not read their operands once more, as through a view. */
const copying: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div'])

/** Whether `result` is computed from `part`. */
function needs(result: Tensor, part: Tensor): boolean {
  const seen = new Set<Tensor>()
  const stack = [...result.inputs]
  for (let tensor = stack.pop(); tensor !== undefined; tensor = stack.pop()) {
    if (tensor === part) return true
    if (seen.has(tensor)) continue
    seen.add(tensor)
    // A state's past usually comes first (mean * beta + gradient): there the search ends soon.
    stack.push(...[...tensor.inputs].reverse())
  }
  return false
}

/**
 * Whether the value `next` may lie where the input `name` does, in a program of these results: everything that reads the input
 * has run before `next` is written, since `next` needs it.
 */
export function overwritable(results: readonly Tensor[]): (name: string, next: Tensor) => boolean {
  const readers = new Map<string, Tensor[]>()
  for (const tensor of computed(results)) {
    for (const { origin } of tensor.inputs)
      if (origin.kind === 'input') readers.set(origin.name, [...(readers.get(origin.name) ?? []), tensor])
  }
  const handedOn = new Set(results.map(({ origin }) => (origin.kind === 'input' ? origin.name : undefined)))
  return (name, next) =>
    !handedOn.has(name) &&
    (readers.get(name) ?? []).every(
      (reader) =>
        reader.origin.kind === 'operation' && copying.has(reader.origin.name) && needs(next, reader),
    )
}
