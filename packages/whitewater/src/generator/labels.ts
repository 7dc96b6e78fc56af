// Labels as a person gives them, classes of the data, and as the field takes them: where the preconditioner sorts samples into
// components of its own, label y * K + c for component c of class y.
import { randomStream } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { drawIndex, drawLabels } from './draws.ts'
import type { GeneratorParts } from './parts.ts'

type Labelled = Pick<GeneratorParts, 'labelCounts' | 'preconditioner'>

const componentsOf = ({ preconditioner: { components } }: Labelled): number => components?.perClass ?? 1

/**
 * Number of classes that a person can ask for; undefined where the data had none.
 * @param perClass components of each class, where the preconditioner sorts samples into such
 */
export function classesAmong(
  labelCounts: readonly number[] | undefined,
  perClass: number | undefined,
): number | undefined {
  if (perClass === undefined || !labelCounts) return labelCounts?.length
  // One class of several components is data without labels.
  return labelCounts.length === perClass ? undefined : labelCounts.length / perClass
}

export const classesOf = ({ labelCounts, preconditioner }: Labelled): number | undefined =>
  classesAmong(labelCounts, preconditioner.components?.perClass)

/** @throws WhitewaterError (usage) unless there is one class a sample, or none for data without */
function checkClasses(classes: number | undefined, labels: Int32Array, count: number): void {
  if (classes === undefined)
    throw usageError('this generator was trained without labels: leave out labels and guidance')
  const bad = labels.findIndex((label) => label < 0 || label >= classes)
  if (labels.length === count && bad < 0) return
  const given =
    bad >= 0 ? `label ${labels[bad]} at index ${bad}` : `${labels.length} labels for ${count} samples`
  throw usageError(`got ${given}, expected one label in 0..${classes - 1} a sample`)
}

/** Field labels for given classes: a component of each class, drawn as often as the training data had it. */
function drawComponents(parts: Labelled, labels: Int32Array, seed: number): Int32Array {
  const perClass = componentsOf(parts)
  const counts = parts.labelCounts ?? []
  if (perClass === 1) return labels
  const uniforms = randomStream(seed).split('components').uniform(labels.length)
  return labels.map((label, i) => {
    const first = label * perClass
    return first + drawIndex(counts.slice(first, first + perClass), uniforms[i])
  })
}

/** What labels are asked for. */
export interface LabelChoice {
  /** Classes. */
  readonly labels?: Int32Array
  /** Components, as the field's labels, in place of classes. */
  readonly components?: Int32Array
  readonly guidance?: number
  readonly seed?: number
}

/**
 * The field's labels for `count` samples: of the components or classes asked for, else drawn like the training data.
 * @throws WhitewaterError (usage) for labels that do not fit
 */
export function fieldLabels(
  parts: Labelled,
  count: number,
  { labels, components, guidance = 0, seed = 0 }: LabelChoice,
): Int32Array | undefined {
  const classes = classesOf(parts)
  if (components) {
    if (labels) throw usageError('got labels and components: components say the class too, give one of them')
    checkClasses(parts.labelCounts?.length, components, count)
    return components
  }
  if (labels) checkClasses(classes, labels, count)
  if (classes === undefined && guidance !== 0)
    throw usageError('this generator was trained without labels: leave out labels and guidance')
  if (!parts.labelCounts) return undefined
  return labels ? drawComponents(parts, labels, seed) : drawLabels(parts.labelCounts, count, seed)
}

/** The classes of field labels; undefined where the data had none. */
export function classesFor(parts: Labelled, labels: Int32Array | undefined): Int32Array | undefined {
  const perClass = componentsOf(parts)
  if (!labels || classesOf(parts) === undefined) return undefined
  return perClass === 1 ? labels : labels.map((label) => Math.floor(label / perClass))
}
