// Rewrites a traced graph into a smaller equal one: equal subexpressions once, identities removed, inputs substituted.
import type { Tensor } from './tensor.ts'

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
 * Equal tensors, computed with fewer operations. `substitutes` replaces tensors (usually inputs) by others on the way;
 * what has become unreachable is gone.
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
  const rewrite = (tensor: Tensor, inputs: readonly Tensor[]): Tensor => {
    const substitute = substitutes.get(tensor)
    if (substitute) return image.get(substitute) ?? substitute
    if (tensor.origin.kind !== 'operation') return canonical(tensor)
    return canonical(tensor.origin.rebuild(inputs.map((x) => image.get(x) ?? x)))
  }
  // Depth first, since a substitute may be younger than what it replaces and ids are then no topological order.
  const stack = [...outputs].reverse()
  while (stack.length > 0) {
    const tensor = stack[stack.length - 1]
    const substitute = substitutes.get(tensor)
    const inputs = substitute ? [substitute] : tensor.inputs
    const pending = image.has(tensor) ? [] : inputs.filter((x) => !image.has(x))
    if (pending.length > 0) {
      stack.push(...pending)
      continue
    }
    stack.pop()
    if (!image.has(tensor)) image.set(tensor, rewrite(tensor, inputs))
  }
  return outputs.map((tensor) => image.get(tensor) ?? tensor)
}
