// Rewrites a traced graph into a smaller equal one: equal subexpressions once, identities removed, inputs substituted.
import { reachable, type Tensor } from './tensor.ts'

/** Identifies a node by what it computes; undefined for one that must stay itself. */
function keyOf(tensor: Tensor): string | undefined {
  const { origin } = tensor
  switch (origin.kind) {
    case 'input':
      return `input ${origin.name}`
    case 'constant':
      return origin.data.length <= 16
        ? `constant ${tensor.dtype} ${tensor.shape.join()} ${origin.data.join()}${Object.is(Number(origin.data[0]), -0) ? '-' : ''}`
        : undefined
    case 'operation':
      return `${origin.name} ${tensor.dtype} ${tensor.shape.join()} ${JSON.stringify(origin.attributes)} ${tensor.inputs.map((x) => x.id).join()}`
  }
}

/**
 * Equal tensors, computed with fewer operations. `substitutes` replaces tensors (usually inputs) by others, as they
 * are and all at once, so that a state may be replaced by what the same state becomes.
 */
export function simplify(
  outputs: readonly Tensor[],
  substitutes: ReadonlyMap<Tensor, Tensor> = new Map(),
): Tensor[] {
  const known = new Map<string, Tensor>()
  const image = new Map<Tensor, Tensor>()
  const canonical = (tensor: Tensor): Tensor => {
    const key = keyOf(tensor)
    if (key === undefined) return tensor
    const before = known.get(key)
    if (before) return before
    known.set(key, tensor)
    return tensor
  }
  const rewrite = (tensor: Tensor): Tensor => {
    if (tensor.origin.kind !== 'operation') return canonical(tensor)
    return canonical(tensor.origin.rebuild(tensor.inputs.map((x) => image.get(x) ?? x)))
  }
  for (const tensor of reachable(outputs)) image.set(tensor, substitutes.get(tensor) ?? rewrite(tensor))
  return outputs.map((tensor) => image.get(tensor) ?? tensor)
}
