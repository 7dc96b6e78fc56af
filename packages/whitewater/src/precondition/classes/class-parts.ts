// The samples of each class, and what to do about classes of too few.
import { sizeOf } from '@whitewater/tensor'
import type { Dataset, SampleBlocks } from '../../data/dataset.ts'
import { select } from '../../data/subset.ts'
import { failureError, usageError } from '../../errors.ts'
import { rowsByClass } from './class-maps.ts'

export const prefix = 'class-'

export interface ClassNeeds {
  readonly kind: string
  /** Samples that a class needs. */
  readonly least: number
}

/** What to do about classes that are too small, in words. */
function adviceFor({ kind, least }: ClassNeeds, counts: readonly number[], d: number): string {
  const drop = `drop such classes and number the others from 0, or choose ${kind.slice(prefix.length)}`
  const helped = least > 1 && counts.every((count) => count === 1)
  return helped ? `give ${kind} a pool such as ${d}, ${drop}` : drop
}

/** Indices of the samples of each class. @throws WhitewaterError (usage) without labels; (failure) for a class of too few samples */
export function rowsOfClasses(needs: ClassNeeds, data: Dataset | SampleBlocks): Int32Array[] {
  const { kind, least } = needs
  const { name, labels, classes } = data
  if (!labels || classes === undefined) {
    throw usageError(
      `${kind} needs the class of each sample, and ${name} has no labels: give labels, or choose ${kind.slice(prefix.length)}`,
    )
  }
  const rows = rowsByClass(kind, labels, classes)
  const small = rows.flatMap(({ length }, label) => (length < least ? [label] : []))
  if (small.length === 0) return rows
  const [label] = small
  const others = small.length > 1 ? ` (and ${small.length - 1} more classes have too few)` : ''
  const [, ...features] = 'samples' in data ? data.samples.shape : data.shape
  const advice = adviceFor(
    needs,
    small.map((one) => rows[one].length),
    sizeOf(features),
  )
  throw failureError(
    `${name}: class ${label} has ${rows[label].length} samples${others}, ${kind} needs at least ${least} of each of 0..${classes - 1}: ${advice}`,
  )
}

/** The samples of each class as datasets of their own, which have no labels. @throws as `rowsOfClasses` */
export function partsOf(needs: ClassNeeds, data: Dataset): Dataset[] {
  // Without labels: what depends on them inside would be told the one class that it sees.
  return rowsOfClasses(needs, data).map((indices, label) => ({
    name: `${data.name}, class ${label}`,
    samples: select(data, indices).samples,
  }))
}
