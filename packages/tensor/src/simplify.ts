// Rewrites a traced graph into a smaller equal one: equal subexpressions once, identities removed, tensors substituted.
import { dataKey, exactly } from './array.ts'
import { reachable, type Tensor } from './tensor.ts'

/** Identifies a node by what it computes; undefined for one that must stay itself. */
function keyOf(tensor: Tensor): string | undefined {
  const { origin } = tensor
  switch (origin.kind) {
    case 'input':
      return `input ${origin.name}`
    case 'constant':
      return origin.data.length <= 16
        ? `constant ${tensor.dtype} ${tensor.shape.join()} ${dataKey(origin.data)}`
        : undefined
    case 'operation': {
      const attributes = JSON.stringify(origin.attributes, (_, value: unknown) => exactly(value))
      return `${origin.name} ${tensor.dtype} ${tensor.shape.join()} ${attributes} ${tensor.inputs.map((x) => x.id).join()}`
    }
  }
}

/**
 * Equal tensors, computed with fewer operations; what has become unreachable is gone. `substitutes` replaces tensors
 * (usually inputs) by others, all at once as in a function call: a substitute is taken as it is, so it may itself be
 * computed from what it replaces. That is how steps of a recurrence are chained.
 */
export function simplify(
  outputs: readonly Tensor[],
  substitutes: ReadonlyMap<Tensor, Tensor> = new Map(),
): Tensor[] {
  let simple = rewritten(outputs, substitutes)
  // What one rule makes, another may simplify further, or find elsewhere.
  for (;;) {
    const next = rewritten(simple, new Map())
    if (reachable(next).length >= reachable(simple).length) return simple
    simple = next
  }
}

function rewritten(outputs: readonly Tensor[], substitutes: ReadonlyMap<Tensor, Tensor>): Tensor[] {
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
    const substitute = substitutes.get(tensor)
    if (substitute) return canonical(substitute)
    if (tensor.origin.kind !== 'operation') return canonical(tensor)
    return canonical(tensor.origin.rebuild(tensor.inputs.map((x) => image.get(x) ?? x)))
  }
  for (const tensor of reachable(outputs)) image.set(tensor, rewrite(tensor))
  return outputs.map((tensor) => image.get(tensor) ?? tensor)
}
