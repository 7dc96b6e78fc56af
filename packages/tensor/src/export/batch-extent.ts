// How a number of a traced graph depends on the batch: a N + b, from its values at several N.

export interface Extent {
  readonly perRow: bigint
  readonly fixed: bigint
}

/** The line through all points; undefined where they lie on none with whole coefficients. */
export function extentOf(batches: readonly number[], values: readonly bigint[]): Extent | undefined {
  const [first, second] = batches.map(BigInt)
  const rise = values[1] - values[0]
  const run = second - first
  if (rise % run !== 0n) return undefined
  const perRow = rise / run
  const fixed = values[0] - perRow * first
  const fits = values.every((value, at) => value === perRow * BigInt(batches[at]) + fixed)
  return fits ? { perRow, fixed } : undefined
}

/** As `extentOf`, for lists of equally many numbers, one list a batch size; undefined where any of them lies on no line. */
export function extentsOf(
  batches: readonly number[],
  lists: readonly (readonly bigint[])[],
): readonly Extent[] | undefined {
  const extents = lists[0].flatMap((_, at) => {
    const extent = extentOf(
      batches,
      lists.map((list) => list[at]),
    )
    return extent ? [extent] : []
  })
  return extents.length === lists[0].length ? extents : undefined
}
