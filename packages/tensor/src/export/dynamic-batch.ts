// One graph for every batch size. Shapes are baked into a trace; traces at several batch sizes tell which numbers stand for
// the batch, and those are computed from the size of an input when the file runs.
import { create } from '@bufbuild/protobuf'
import {
  NodeProtoSchema,
  TensorShapeProto_DimensionSchema as DimensionSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { attribute, onnxType, subgraphs, tensorProto, type NodeAttribute } from '../onnx-proto.ts'
import { extentOf, extentsOf, type Extent } from './batch-extent.ts'
import { checkSameStructure } from './same-structure.ts'

export interface TracedGraph {
  readonly batch: number
  readonly graph: GraphProto
}

/** What the batch axis is called in the types of inputs and outputs. */
const AXIS = 'N'

type Several<T> = readonly T[]

const bytesOf = (tensor: TensorProto): Uint8Array => tensor.rawData ?? new Uint8Array()

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length) return true
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** Elements of an integer constant; undefined for other types. */
function integersOf(tensor: TensorProto): bigint[] | undefined {
  const copy = bytesOf(tensor).slice().buffer
  if (tensor.dataType === onnxType('int64')) return [...new BigInt64Array(copy)]
  return tensor.dataType === onnxType('int32') ? Array.from(new Int32Array(copy), BigInt) : undefined
}

/** The one value of all elements: its bytes. */
function fillOf(tensor: TensorProto): Uint8Array | undefined {
  const bytes = bytesOf(tensor)
  const count = tensor.dims.reduce((size, extent) => size * Number(extent), 1)
  const value = bytes.subarray(0, bytes.length / count)
  return bytes.every((byte, at) => byte === value[at % value.length]) ? value : undefined
}

/** All nodes that read the constant, those inside others included. */
const readersOf = (graph: GraphProto, name: string): NodeProto[] =>
  graph.node.flatMap((node) => [
    ...(node.input.includes(name) ? [node] : []),
    ...subgraphs(node).flatMap((inner) => readersOf(inner, name)),
  ])

/** Nodes and constants that a graph gets in addition. */
class Additions {
  readonly nodes: NodeProto[] = []
  readonly constants: TensorProto[] = []
  readonly #source: string
  #batch: string | undefined

  /** @param source the input whose first extent is the batch */
  constructor(source: string) {
    this.#source = source
  }

  node(
    opType: string,
    input: string[],
    attributes: Record<string, NodeAttribute> = {},
    name?: string,
  ): string {
    const output = name ?? `_n${this.nodes.length}`
    const list = Object.entries(attributes).map(([key, value]) => attribute(key, value))
    this.nodes.push(create(NodeProtoSchema, { opType, input, output: [output], attribute: list }))
    return output
  }

  integers(values: readonly bigint[]): string {
    const name = `_k${this.constants.length}`
    this.constants.push(tensorProto(name, BigInt64Array.from(values), [values.length]))
    return name
  }

  /** int64 values, one an extent, computed as `name` where one is given. */
  values(extents: readonly Extent[], name?: string): string {
    this.#batch ??= this.node('Shape', [this.#source], { start: 0, end: 1 })
    const scales = this.integers(extents.map(({ perRow }) => perRow))
    const offsets = extents.map(({ fixed }) => fixed)
    if (offsets.every((offset) => offset === 0n)) return this.node('Mul', [this.#batch, scales], {}, name)
    const scaled = this.node('Mul', [this.#batch, scales])
    return this.node('Add', [scaled, this.integers(offsets)], {}, name)
  }
}

const failure = (graph: GraphProto, { name }: TensorProto, why: string): RangeError => {
  const reader = readersOf(graph, name ?? '').at(0)?.opType ?? 'an output'
  return new RangeError(`cannot export for any batch size: a constant that ${reader} reads ${why}`)
}

/** A constant whose elements depend on the batch. In a Reshape, where it is one extent, ONNX works it out by itself. */
function replaceValues(
  graph: GraphProto,
  more: Additions,
  batches: Several<number>,
  all: Several<TensorProto>,
): void {
  const [first] = all
  const lists = all.flatMap((tensor) => {
    const list = integersOf(tensor)
    return list ? [list] : []
  })
  const known = lists.length === all.length ? extentsOf(batches, lists) : undefined
  if (!known) throw failure(graph, first, 'changes with the number of samples, but not in proportion to it')
  const name = first.name ?? ''
  const readers = readersOf(graph, name)
  const alone = known.filter(({ perRow }) => perRow !== 0n).length === 1
  const reshapes =
    alone && first.dataType === onnxType('int64') ? readers.filter(({ opType }) => opType === 'Reshape') : []
  if (reshapes.length > 0) {
    const shape = more.integers(known.map(({ perRow, fixed }) => (perRow === 0n ? fixed : -1n)))
    for (const node of reshapes) node.input[1] = shape
  }
  if (reshapes.length === readers.length) return
  const isScalar = first.dims.length === 0
  const isNarrow = first.dataType === onnxType('int32')
  const wide = more.values(known, isScalar || isNarrow ? undefined : name)
  const typed = isNarrow
    ? more.node('Cast', [wide], { to: onnxType('int32') }, isScalar ? undefined : name)
    : wide
  if (isScalar) more.node('Squeeze', [typed], {}, name)
}

/** A constant whose size depends on the batch: one value, repeated. */
function replaceFill(
  graph: GraphProto,
  more: Additions,
  batches: Several<number>,
  all: Several<TensorProto>,
): void {
  const [first] = all
  const value = fillOf(first)
  if (!value || !all.every((tensor) => sameBytes(fillOf(tensor) ?? new Uint8Array(), value)))
    throw failure(graph, first, 'holds values of its own for each sample')
  const extents = extentsOf(
    batches,
    all.map(({ dims }) => dims),
  )
  if (!extents)
    throw failure(graph, first, 'changes its size with the number of samples, but not in proportion to it')
  const one = `${first.name}_value`
  more.constants.push({ ...first, name: one, dims: [], rawData: new Uint8Array(value) })
  more.node('Expand', [one, more.values(extents)], {}, first.name)
}

/** Types say N where an extent is the batch, and nothing where it depends on it otherwise. */
function openTypes(batches: Several<number>, all: Several<ValueInfoProto>): void {
  const dims = all.map(({ type }) =>
    type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : [],
  )
  dims[0].forEach((dim, axis) => {
    const values = dims.map((list) => (list[axis].value.case === 'dimValue' ? list[axis].value.value : 0n))
    if (values.every((value) => value === values[0])) return
    const extent = extentOf(batches, values)
    const isBatch = extent?.perRow === 1n && extent.fixed === 0n
    dim.value = create(DimensionSchema, isBatch ? { value: { case: 'dimParam', value: AXIS } } : {}).value
  })
}

function openGraph(batches: Several<number>, graphs: Several<GraphProto>): void {
  const [first] = graphs
  first.input.forEach((_, at) =>
    openTypes(
      batches,
      graphs.map(({ input }) => input[at]),
    ),
  )
  first.output.forEach((_, at) =>
    openTypes(
      batches,
      graphs.map(({ output }) => output[at]),
    ),
  )
  first.node.forEach((_, at) => {
    const inner = graphs.map((graph) => subgraphs(graph.node[at]))
    inner[0].forEach((_, which) =>
      openGraph(
        batches,
        inner.map((list) => list[which]),
      ),
    )
  })
}

const sizesOf = ({ type }: ValueInfoProto): string[] =>
  type?.value.case === 'tensorType'
    ? (type.value.value.shape?.dim ?? []).map(({ value }) => String(value.value))
    : []

/**
 * The first graph, changed so that it runs for every batch size; the batch is the first extent of some input.
 * @param traces of the same program at three or more batch sizes, large primes, so that no extent equals one by chance
 * @throws RangeError naming the operation that takes a number of samples of its own
 */
export function dynamicBatch(traces: readonly TracedGraph[]): GraphProto {
  const graphs = traces.map(({ graph }) => graph)
  const batches = traces.map(({ batch }) => batch)
  const [first, ...others] = graphs
  for (const other of others) checkSameStructure(first, other)
  openGraph(batches, graphs)
  const source = first.input.find((input) => sizesOf(input)[0] === AXIS)
  if (source === undefined) throw new RangeError('cannot export for any batch size: no input has one')
  const more = new Additions(source.name)
  const kept = first.initializer.filter((tensor, at) => {
    const all = graphs.map(({ initializer }) => initializer[at])
    const sized = all.every(({ dims }) => dims.join() === tensor.dims.join())
    if (!sized) replaceFill(first, more, batches, all)
    else if (all.every((other) => sameBytes(bytesOf(tensor), bytesOf(other)))) return true
    else replaceValues(first, more, batches, all)
    return false
  })
  first.initializer = [...kept, ...more.constants]
  first.node = [...more.nodes, ...first.node]
  return first
}
