// From traced tensors to the nodes of a graph, each tensor once.
import type { Graph } from './graph.ts'
import { formatShape, reachable, type Tensor } from './tensor.ts'

/** Emits everything that the tensors need; `inputs` says what an input's value is called. Returns their values' names. */
export function emitTensors(
  graph: Graph,
  tensors: readonly Tensor[],
  inputs: ReadonlyMap<string, string>,
): string[] {
  const values = new Map<Tensor, string>()
  const nameOf = (tensor: Tensor): string => values.get(tensor) ?? ''
  const emit = (tensor: Tensor): string => {
    const { origin } = tensor
    if (origin.kind === 'constant') return graph.constant(origin.data, tensor.shape)
    if (origin.kind === 'operation') return origin.emit(graph, tensor, tensor.inputs.map(nameOf))
    const value = inputs.get(origin.name)
    if (value !== undefined) return value
    throw new RangeError(
      `input '${origin.name}' ${formatShape(tensor.shape)} is used but not listed among the program's inputs or state`,
    )
  }
  for (const tensor of reachable(tensors)) values.set(tensor, emit(tensor))
  return tensors.map(nameOf)
}
