// One fitted map a class as one map, x~ = P_y(x): samples are grouped by their label, each group mapped by the map of its class, and
// the graph chooses among all maps.
import {
  equal,
  ndarray,
  reshape,
  sizeOf,
  where,
  type CompileOptions,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import { usageError } from '../../errors.ts'
import type { Restore, Saved } from '../kind.ts'
import {
  checkFeatures,
  type FittedPreconditioner,
  type InvertibleGraph,
  type Samples,
} from '../preconditioner.ts'
import { checkLabels } from '../programs.ts'

/** Samples mapped at once: bounds the memory of the copies. */
const BLOCK_SAMPLES = 4096

type Values = Float32Array | Float64Array

/** Indices of the samples of each class, ascending. @throws WhitewaterError (usage) for a label out of range */
export function rowsByClass(kind: string, labels: Int32Array, classes: number): Int32Array[] {
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

export interface ClassMaps extends Omit<Saved, 'tensors'> {
  /** In the order of the labels. */
  readonly maps: readonly FittedPreconditioner[]
}

/** Fills `result`, a row a sample, with one call of a class's map for all samples of that class (a block of them). */
async function eachClass<T extends Values>(
  { kind, features, maps }: ClassMaps,
  { x, labels, result }: { x: Samples; labels?: Int32Array; result: T },
  apply: (map: FittedPreconditioner, part: Samples) => Promise<Values>,
): Promise<T> {
  checkFeatures({ kind, features }, x)
  const given = checkLabels(kind, x.shape[0], labels, maps.length)
  const width = result.length / x.shape[0]
  for (const [label, rows] of rowsByClass(kind, given, maps.length).entries()) {
    for (let start = 0; start < rows.length; start += BLOCK_SAMPLES) {
      const block = rows.subarray(start, start + BLOCK_SAMPLES)
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
function choosing({ kind, maps }: ClassMaps): InvertibleGraph {
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

export function perClassMap(all: ClassMaps): FittedPreconditioner {
  const { kind, options, features, description, maps } = all
  const mapped = (direction: 'transform' | 'invert') => async (x: Samples, labels?: Int32Array) => {
    const result = new Float32Array(x.data.length)
    await eachClass(all, { x, labels, result }, async (map, part) => (await map[direction](part)).data)
    return ndarray(result, x.shape)
  }
  return {
    kind,
    options,
    features,
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

/** The maps of `count` classes that `perClassMap` saved, given how one comes back. */
export const restoreMaps = (
  { kind, options, features, tensors }: Saved,
  count: number,
  restoreInner: Restore,
  engine?: CompileOptions,
): FittedPreconditioner[] =>
  Array.from({ length: count }, (_, label) => {
    const own = `${label}.`
    const part = new Map<string, NdArray>()
    for (const [name, tensor] of tensors) if (name.startsWith(own)) part.set(name.slice(own.length), tensor)
    return restoreInner({ kind, options, features, tensors: part, description: {} }, engine)
  })
