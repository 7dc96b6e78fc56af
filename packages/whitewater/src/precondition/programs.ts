// What runs a map that is given as graphs: blocks of rows through compiled programs, so that memory stays bounded.
import { ndarray, sizeOf, traced, type CompileOptions, type NdArray, type Traced } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import {
  checkFeatures,
  type FittedPreconditioner,
  type InvertibleGraph,
  type Samples,
} from './preconditioner.ts'

export interface GraphMap {
  readonly kind: string
  readonly features: readonly number[]
  readonly graph: InvertibleGraph
  /** Number of classes, where P maps each sample by its class. */
  readonly classes?: number
  /** Rows mapped at once; 4096 unless given. */
  readonly block?: number
}

/** @throws WhitewaterError (usage) unless there is one label in 0..classes-1 a sample */
export function checkLabels(
  kind: string,
  count: number,
  labels: Int32Array | undefined,
  classes: number,
): Int32Array {
  if (labels?.length !== count) {
    const given = labels ? `${labels.length} labels for ${count} samples` : 'no labels'
    throw usageError(
      `${kind} maps each sample by its class: got ${given}, expected one in 0..${classes - 1} a sample: give labels`,
    )
  }
  const bad = labels.findIndex((label) => !(label >= 0 && label < classes))
  if (bad >= 0)
    throw usageError(`${kind}: label ${labels[bad]} of sample ${bad} is outside 0..${classes - 1}`)
  return labels
}

type Values = Float32Array | Float64Array

/** Applies a traced map to all samples, filling the same number of values for each. */
async function inBlocks<T extends Values>(
  { kind, features, classes, block = 4096 }: GraphMap,
  run: Traced,
  { x, labels, result }: { x: Samples; labels?: Int32Array; result: T },
): Promise<T> {
  const size = sizeOf(features)
  const [count] = x.shape
  const given = classes === undefined ? undefined : checkLabels(kind, count, labels, classes)
  const width = result.length / count
  for (let start = 0; start < count; start += block) {
    const end = Math.min(start + block, count)
    const part: Record<string, NdArray> = {
      x: ndarray(x.data.subarray(start * size, end * size), [end - start, ...features]),
      ...(given && { labels: ndarray(given.subarray(start, end), [end - start]) }),
    }
    const { y } = await run(part)
    if (y.data instanceof Float32Array || y.data instanceof Float64Array) result.set(y.data, start * width)
  }
  return result
}

type Methods = 'graph' | 'transform' | 'invert' | 'logDet' | 'dispose'

/** Both directions of a graph as functions of arrays. A program is compiled for each number of rows that occurs. */
export function graphPrograms(
  map: GraphMap,
  engine: CompileOptions = {},
): Pick<FittedPreconditioner, Methods> {
  const { graph } = map
  const forward = traced(({ x, labels }) => ({ y: graph.forward(x, labels) }), engine)
  const inverse = traced(({ x, labels }) => ({ y: graph.inverse(x, labels) }), engine)
  const determinant = traced(({ x, labels }) => ({ y: graph.logDet?.(x, labels) ?? x }), engine)
  const samples = (run: Traced) => (x: Samples, labels?: Int32Array) => {
    checkFeatures(map, x)
    const result = inBlocks(map, run, { x, labels, result: new Float32Array(x.data.length) })
    return result.then((data) => ndarray(data, x.shape))
  }
  return {
    graph,
    transform: samples(forward),
    invert: samples(inverse),
    ...(graph.logDet && {
      logDet(x: Samples, labels?: Int32Array) {
        checkFeatures(map, x)
        return inBlocks(map, determinant, { x, labels, result: new Float64Array(x.shape[0]) })
      },
    }),
    async dispose() {
      for (const run of [forward, inverse, determinant]) await run.dispose()
    },
  }
}
