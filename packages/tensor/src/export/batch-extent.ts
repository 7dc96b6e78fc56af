// How a number of a traced graph depends on the batch: a N + b, from its values at several N.

export interface Extent {
  readonly perRow: bigint
  readonly fixed: bigint
}

/** The line through all points; undefined where they lie on none with whole coefficients. */
export function extentOf(batches: readonly number[], values: readonly bigint[]): Extent | undefined {
  const [first, second] = batches.map(BigInt)
  const [rise, run] = [values[1] - values[0], second - first]
  if (rise % run !== 0n) return undefined
  const perRow = rise / run
  const fixed = values[0] - perRow * first
  const fits = values.every((value, at) => value === perRow * BigInt(batches[at]) + fixed)
  return fits ? { perRow, fixed } : undefined
}
