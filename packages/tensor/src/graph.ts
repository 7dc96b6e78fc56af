// The ONNX graph under construction: what an operation's `emit` writes into, and its encoding as a model file.
import { create, toBinary } from '@bufbuild/protobuf'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { dataKey, dtypeOf, sizeOf, type Data, type DType, type Shape } from './array.ts'
import { trustAll, type Reliance, type Trust } from './reliance.ts'
import {
  attribute,
  executionOrder,
  subgraphs,
  tensorProto,
  valueInfo,
  type NodeAttribute,
} from './onnx-proto.ts'

export { onnxType, type NodeAttribute } from './onnx-proto.ts'

/**
 * What an operation may emit for: kernels differ between ONNX Runtime's execution providers. 'portable' is for files that
 * leave us: only ONNX's own operators, none chosen for one machine, nothing that depends on the batch but extents.
 */
export type Target = 'cpu' | 'webgpu' | 'cuda' | 'wasm' | 'portable'

/** Opset of the default domain; 17 brought LayerNormalization, 18 moved the reductions' axes to an input. */
export const opset = 18

/** A value of a graph with its type. */
export interface Typed {
  readonly value: string
  readonly shape: Shape
  readonly dtype: DType
}

export interface Graph {
  readonly target: Target
  /** Whether nodes may use a thing that ONNX Runtime does not promise; asked where it is used, and nowhere else. */
  trusts(reliance: Reliance): boolean
  /** One node with one output; returns the output's name. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Record<string, NodeAttribute>,
    domain?: string,
  ): string
  /** One node with several outputs. */
  nodes(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Record<string, NodeAttribute>,
  ): string[]
  /** A constant; equal small constants are shared. */
  constant(data: Data, shape?: Shape): string
  /** int64 constant, as shapes, axes and pads are given in ONNX. */
  integers(values: readonly number[]): string
  /** What was made under `key` before, else what `make` makes now: for nodes that several tensors share. */
  shared<T>(key: string, make: () => T): T
  /**
   * A graph inside this one, as control flow takes it for an attribute: it may read every value of this one by its name.
   * `build` is given the graph and the names of its inputs, and returns its outputs.
   */
  inside(
    inputs: readonly Omit<Typed, 'value'>[],
    build: (inner: Graph, inputs: readonly string[]) => readonly Typed[],
  ): NodeAttribute
}

/** A graph that also declares inputs and outputs and encodes itself. */
export interface GraphFile extends Graph {
  input(name: string, shape: Shape, dtype: DType): void
  /** A constant under a name of its own. */
  initializer(name: string, data: Data, shape: Shape): void
  output(name: string, value: string, shape: Shape, dtype: DType): void
  finish(): GraphProto
}

/** What all graphs of one file share: the names, the constants, which stand in the outermost graph, and what is trusted. */
class Whole {
  readonly trust: Trust
  readonly initializers: TensorProto[] = []
  readonly #constants = new Map<string, string>()
  readonly #large = new Map<Data, Map<string, string>>()
  #count = 0

  constructor(trust: Trust) {
    this.trust = trust
  }

  name(letter: string): string {
    return `_${letter}${this.#count++}`
  }

  /** Small constants are one where they are equal, large ones where they are the same array. */
  constant(data: Data, shape: Shape): string {
    const small = sizeOf(shape) <= 16
    const known = small ? this.#constants : (this.#large.get(data) ?? new Map<string, string>())
    if (!small) this.#large.set(data, known)
    const key = small ? `${dtypeOf(data)} ${shape.join()} ${dataKey(data)}` : shape.join()
    const name = known.get(key) ?? this.name('c')
    if (!known.has(key)) this.initializers.push(tensorProto(name, data, shape))
    known.set(key, name)
    return name
  }
}

class Level implements GraphFile {
  readonly target: Target
  readonly #whole: Whole
  readonly #outer: Level | undefined
  readonly #nodes: NodeProto[] = []
  readonly #inputs: ValueInfoProto[] = []
  readonly #outputs: ValueInfoProto[] = []
  readonly #memory = new Map<string, unknown>()
  readonly #made = new Set<string>()
  readonly #renamed = new Map<string, string>()

  constructor(target: Target, whole: Whole, outer?: Level) {
    this.target = target
    this.#whole = whole
    this.#outer = outer
  }

  trusts(reliance: Reliance): boolean {
    return this.#whole.trust(reliance)
  }

  node(type: string, from: readonly string[], attributes: Record<string, NodeAttribute> = {}, domain = '') {
    return this.#add(type, from, [this.#whole.name('v')], attributes, domain)[0]
  }

  nodes(
    type: string,
    from: readonly string[],
    count: number,
    attributes: Record<string, NodeAttribute> = {},
  ) {
    const names = Array.from({ length: count }, () => this.#whole.name('v'))
    return this.#add(type, from, names, attributes, '')
  }

  constant(data: Data, shape: Shape = [data.length]): string {
    return this.#whole.constant(data, shape)
  }

  integers(values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values.map(BigInt)), [values.length])
  }

  shared<T>(key: string, make: () => T): T {
    const holder = this.#holder(key)
    if (!holder.#memory.has(key)) holder.#memory.set(key, make())
    // The key names the maker, so what is found under it is what this maker made.
    return holder.#memory.get(key) as T
  }

  inside(
    inputs: readonly Omit<Typed, 'value'>[],
    build: (inner: Graph, inputs: readonly string[]) => readonly Typed[],
  ): NodeAttribute {
    const inner = new Level(this.target, this.#whole, this)
    const names = inputs.map(() => this.#whole.name('i'))
    inputs.forEach(({ shape, dtype }, at) => inner.input(names[at], shape, dtype))
    for (const { value, shape, dtype } of build(inner, names))
      inner.output(this.#whole.name('o'), value, shape, dtype)
    return { graph: inner.finish() }
  }

  input(name: string, shape: Shape, dtype: DType): void {
    this.#inputs.push(valueInfo(name, shape, dtype))
  }

  initializer(name: string, data: Data, shape: Shape): void {
    this.#whole.initializers.push(tensorProto(name, data, shape))
  }

  output(name: string, value: string, shape: Shape, dtype: DType): void {
    // A node writes its output under the output's own name: an Identity in between would copy it.
    if (this.#made.has(value) && !this.#renamed.has(value)) this.#renamed.set(value, name)
    else this.#add('Identity', [value], [name], {}, '')
    this.#outputs.push(valueInfo(name, shape, dtype))
  }

  finish(): GraphProto {
    return create(GraphProtoSchema, {
      name: this.#outer ? this.#whole.name('g') : 'program',
      node: executionOrder(this.#nodes.map((node) => renamedNode(node, this.#renamed))),
      initializer: this.#outer ? [] : this.#whole.initializers,
      input: this.#inputs,
      output: this.#outputs,
    })
  }

  /** The graph whose memory holds the key: this one unless one around it does. */
  #holder(key: string): Level {
    if (this.#memory.has(key) || !this.#outer) return this
    const above = this.#outer.#holder(key)
    return above.#memory.has(key) ? above : this
  }

  #add(
    type: string,
    from: readonly string[],
    output: string[],
    attributes: Record<string, NodeAttribute>,
    domain: string,
  ): string[] {
    for (const name of output) this.#made.add(name)
    const list = Object.entries(attributes).map(([name, value]) => attribute(name, value))
    this.#nodes.push(
      create(NodeProtoSchema, { opType: type, input: [...from], output, attribute: list, domain }),
    )
    return output
  }
}

/** The node with other names, also where the graphs inside it read them. */
function renamedNode(node: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  const nameOf = (value: string): string => names.get(value) ?? value
  for (const graph of subgraphs(node)) {
    graph.node = graph.node.map((inner) => renamedNode(inner, names))
  }
  return { ...node, input: node.input.map(nameOf), output: node.output.map(nameOf) }
}

export const graphFile = (target: Target, trust: Trust = trustAll): GraphFile =>
  new Level(target, new Whole(trust))

/** All nodes, those of graphs inside others included. */
export const allNodes = (graph: GraphProto): NodeProto[] =>
  graph.node.flatMap((node) => [node, ...subgraphs(node).flatMap(allNodes)])

/** The model file of a graph; `metadata` becomes its metadata_props. */
export function modelBytes(graph: GraphProto, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const domains = new Set(allNodes(graph).flatMap(({ domain }) => (domain === '' ? [] : [domain])))
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'whitewater',
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      ...[...domains].map((domain) => ({ domain, version: 1n })),
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph,
  })
  return toBinary(ModelProtoSchema, model)
}
