// Class-conditional preconditioning: one map per class, x~ = P_y(x). With whitening inside, every component of a mixture is
// perfectly conditioned (appendix F.2, P_k = Sigma_k^-1/2).
import { equal, ndarray, reshape, sizeOf, where, type NdArray, type Tensor } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { select } from '../data/subset.ts'
import { failureError, usageError } from '../errors.ts'
import { link } from './chain.ts'
import type { Restore, Saved } from './kind.ts'
import {
  checkFeatures,
  type FittedPreconditioner,
  type InvertibleGraph,
  type Preconditioner,
  type Samples,
  type Settings,
} from './preconditioner.ts'
import { checkLabels } from './programs.ts'

export const prefix = 'class-'

/** Samples mapped at once: bounds the memory of the copies. */
const BLOCK = 4096

type Values = Float32Array | Float64Array

/** Indices of the samples of each class, ascending. @throws WhitewaterError (usage) for a label out of range */
function rowsByClass(kind: string, labels: Int32Array, classes: number): Int32Array[] {
  const rows = Array.from({ length: classes }, (): number[] => [])
  labels.forEach((label, i) => {
    if (!(label >= 0 && label < classes))
      throw usageError(`${kind}: label ${label} of sample ${i} is outside 0..${classes - 1}`)
    rows[label].push(i)
  })
  return rows.map((indices) => Int32Array.from(indices))
}

/** The chosen rows, then zeros up to a power of two: a program is compiled per shape, and classes come in any number. */
function gather(x: Samples, rows: Int32Array, size: number): Samples {
  const count = 2 ** Math.ceil(Math.log2(rows.length))
  const data = new Float32Array(count * size)
  rows.forEach((row, i) => {
    data.set(x.data.subarray(row * size, (row + 1) * size), i * size)
  })
  return ndarray(data, [count, ...x.shape.slice(1)])
}

/** Puts `width` values of each row back where the row came from. */
function scatter(result: Values, rows: Int32Array, values: Values, width: number): void {
  rows.forEach((row, i) => {
    result.set(values.subarray(i * width, (i + 1) * width), row * width)
  })
}

interface PerClass extends Omit<Saved, 'tensors'> {
  readonly maps: readonly FittedPreconditioner[]
}

/** Fills `result`, a row a sample, with one call of a class's map for all samples of that class (a block of them). */
async function eachClass<T extends Values>(
  { kind, features, maps }: PerClass,
  { x, labels, result }: { x: Samples; labels?: Int32Array; result: T },
  apply: (map: FittedPreconditioner, part: Samples) => Promise<Values>,
): Promise<T> {
  checkFeatures({ kind, features }, x)
  const given = checkLabels(kind, x.shape[0], labels, maps.length)
  const width = result.length / x.shape[0]
  for (const [label, rows] of rowsByClass(kind, given, maps.length).entries()) {
    for (let start = 0; start < rows.length; start += BLOCK) {
      const block = rows.subarray(start, start + BLOCK)
      const part = gather(x, block, sizeOf(features))
      scatter(result, block, await apply(maps[label], part), width)
    }
  }
  return result
}

async function logDetOf(map: FittedPreconditioner, part: Samples): Promise<Float64Array> {
  if (!map.logDet) throw new TypeError(`${map.kind} has no log determinant`)
  return map.logDet(part)
}

/** Every class's map of every sample, and the one of its label chosen: what an exported file does, at K times the cost. */
function choosing({ kind, maps }: PerClass): InvertibleGraph {
  const chosen = (labels: Tensor | undefined, apply: (map: InvertibleGraph) => Tensor): Tensor => {
    if (!labels) throw usageError(`${kind} maps each sample by its class: build its graph with labels`)
    return maps
      .map(({ graph }) => apply(graph))
      .reduce((others, own, label) => {
        const mask = reshape(equal(labels, label), [own.shape[0], ...own.shape.slice(1).map(() => 1)])
        return where(mask, own, others)
      })
  }
  const inner = maps.map(({ graph }) => graph.logDet)
  return {
    forward: (x, labels) => chosen(labels, (map) => map.forward(x)),
    inverse: (z, labels) => chosen(labels, (map) => map.inverse(z)),
    ...(inner.every((one) => one !== undefined) && {
      logDet: (x: Tensor, labels?: Tensor) => chosen(labels, (map) => map.logDet?.(x) ?? x),
    }),
  }
}

function perClassMap(all: PerClass): FittedPreconditioner {
  const { kind, options, features, description, maps } = all
  const mapped = (direction: 'transform' | 'invert') => async (x: Samples, labels?: Int32Array) => {
    const result = new Float32Array(x.data.length)
    await eachClass(all, { x, labels, result }, async (map, part) => (await map[direction](part)).data)
    return ndarray(result, x.shape)
  }
  return {
    ...{ kind, options, features },
    graph: choosing(all),
    transform: mapped('transform'),
    invert: mapped('invert'),
    ...(maps.every((map) => map.logDet !== undefined) && {
      logDet: (x: Samples, labels?: Int32Array) =>
        eachClass(all, { x, labels, result: new Float64Array(x.shape[0]) }, logDetOf),
    }),
    ...(maps.some((map) => map.evaluations) && {
      evaluations: () => Math.max(...maps.map((map) => map.evaluations?.() ?? 0)),
    }),
    describe: () => description,
    tensors: new Map(
      maps.flatMap(({ tensors }, label) =>
        [...tensors].map(([name, tensor]) => [`${label}.${name}`, tensor] as const),
      ),
    ),
    async dispose() {
      for (const map of maps) await map.dispose()
    },
  }
}

/** The samples of each class as datasets of their own, which have no labels. @throws WhitewaterError where P cannot be fitted to each class */
function partsOf(kind: string, data: Dataset): Dataset[] {
  const { name, labels, classes } = data
  if (!labels || classes === undefined) {
    throw usageError(
      `${kind} needs the class of each sample, and ${name} has no labels: give labels, or choose ${kind.slice(prefix.length)}`,
    )
  }
  const rows = rowsByClass(kind, labels, classes)
  const small = rows.flatMap((indices, label) => (indices.length < 2 ? [label] : []))
  if (small.length > 0) {
    const [label] = small
    const others = small.length > 1 ? ` (and ${small.length - 1} more classes have too few)` : ''
    throw failureError(
      `${name}: class ${label} has ${rows[label].length} samples${others}, ${kind} needs at least 2 of each of 0..${classes - 1}: drop such classes and number the others from 0, or choose ${kind.slice(prefix.length)}`,
    )
  }
  // Without labels: what depends on them inside would be told the one class that it sees.
  return rows.map((indices, label) => ({
    name: `${name}, class ${label}`,
    samples: select(data, indices).samples,
  }))
}

/** What a reader should know of all classes: how many variances hit the floor, and in which classes. */
function describeAll(maps: readonly FittedPreconditioner[], features: readonly number[]): Settings {
  const counts = maps.map((map) => Number(map.describe().floored ?? 0))
  const floored = counts.reduce((sum, count) => sum + count, 0)
  const flooredClasses = counts.flatMap((count, label) => (count > 0 ? [label] : [])).join(', ')
  return {
    ...maps[0].options,
    floored,
    ...(floored > 0 && { flooredClasses }),
    features: sizeOf(features),
    classes: maps.length,
  }
}

/**
 * Fits `inner` to the samples of each class by themselves; both directions then need the label of every sample, which a
 * class-conditional generator always has. Cost and exactness are those of `inner`; memory is one inner map a class.
 * With zca, every class comes out with zero mean and unit covariance: kappa = 1 along the path of each component (F.2).
 */
export function perClass(inner: Preconditioner): Preconditioner {
  const kind = prefix + inner.kind
  if (inner.kind.includes(link)) {
    const parts = inner.kind.split(link).map((part) => prefix + part)
    throw usageError(
      `a chain a class is a chain of maps a class: give ${parts.join(link)} in place of ${inner.kind}`,
    )
  }
  return {
    kind,
    options: inner.options,
    needsLabels: true,
    mapSize: (dimension, classes) => classes * (inner.mapSize?.(dimension, 1) ?? 2 * dimension ** 2),
    async fit(data, options) {
      const features = data.samples.shape.slice(1)
      const maps: FittedPreconditioner[] = []
      for (const part of partsOf(kind, data)) maps.push(await inner.fit(part, options))
      return perClassMap({
        ...{ kind, options: inner.options, features, maps },
        description: describeAll(maps, features),
      })
    },
  }
}

/** Brings back what `perClass(inner)` saved, given how `inner` comes back. */
export const restorePerClass =
  (restoreInner: Restore): Restore =>
  (saved, engine) => {
    const { kind, options, features, description } = saved
    const classes = Number(description.classes)
    if (!(Number.isInteger(classes) && classes > 0)) {
      throw failureError(
        `saved ${kind}: its description does not say how many classes it has: the folder is damaged, fit again`,
      )
    }
    const maps = Array.from({ length: classes }, (_, label) => {
      const own = `${label}.`
      const tensors = new Map<string, NdArray>()
      for (const [name, tensor] of saved.tensors)
        if (name.startsWith(own)) tensors.set(name.slice(own.length), tensor)
      return restoreInner({ ...{ kind, options, features, tensors }, description: {} }, engine)
    })
    return perClassMap({ kind, options, features, description, maps })
  }
