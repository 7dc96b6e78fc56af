// The ONNX graph under construction: what an operation's `emit` writes into, and its encoding as a model file.
import { create, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { dataKey, sizeOf, type Data, type DType, type Shape } from './array.ts'

/** What an operation may emit for: kernels differ between ONNX Runtime's execution providers. */
export type Target = 'cpu' | 'webgpu' | 'cuda' | 'wasm'

export type NodeAttribute =
  number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] }

const elementType: Record<DType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
}

export const onnxType = (dtype: DType): number => elementType[dtype]

/** Opset of the default domain; 17 brought LayerNormalization, 18 moved the reductions' axes to an input. */
export const opset = 18

/** Plain numbers are integers (kernel sizes, axes, flags); floats are marked, since ONNX tells the two apart. */
function attribute(name: string, value: NodeAttribute): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    })
  }
  if ('float' in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float })
  if ('floats' in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: [...value.floats] })
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) })
}

const valueInfo = (name: string, shape: Shape, dtype: DType): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: elementType[dtype],
          shape: {
            dim: shape.map((extent) => ({ value: { case: 'dimValue' as const, value: BigInt(extent) } })),
          },
        },
      },
    },
  })

export interface Graph {
  readonly target: Target
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
}

/** A graph that also declares inputs and outputs and encodes itself. */
export interface GraphFile extends Graph {
  input(name: string, shape: Shape, dtype: DType): void
  output(name: string, value: string, shape: Shape, dtype: DType): void
  encode(metadata?: Record<string, string>): Uint8Array
}

function tensorProto(name: string, data: Data, dtype: DType, shape: Shape): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: elementType[dtype],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.slice().buffer),
  })
}

/**
 * ONNX Runtime executes depth first from the outputs and enters the latest input in the file first. So of two independent
 * branches the one emitted first is written last: each weight gradient then runs, and frees what it holds, as soon as
 * it can, instead of after the whole backward pass. (The reverse postorder of a search through the consumers.)
 */
function executionOrder(nodes: readonly NodeProto[]): NodeProto[] {
  const consumers = new Map<string, NodeProto[]>(
    nodes.flatMap(({ output }) => output.map((name) => [name, []])),
  )
  for (const node of nodes) for (const name of new Set(node.input)) consumers.get(name)?.push(node)
  const finished: NodeProto[] = []
  const entered = new Set<NodeProto>()
  const stack = [...nodes].reverse()
  const open: NodeProto[] = []
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === open[open.length - 1]) {
      finished.push(node)
      open.pop()
    } else if (!entered.has(node)) {
      entered.add(node)
      open.push(node)
      stack.push(node, ...node.output.flatMap((name) => consumers.get(name) ?? []).reverse())
    }
  }
  return finished.reverse()
}

export function graphFile(target: Target, dtypeOf: (data: Data) => DType): GraphFile {
  const nodes: NodeProto[] = []
  const initializers: TensorProto[] = []
  const inputs: ValueInfoProto[] = []
  const outputs: ValueInfoProto[] = []
  const domains = new Set<string>()
  const memory = new Map<string, unknown>()
  const made = new Set<string>()
  const renamed = new Map<string, string>()
  let count = 0

  const add = (
    type: string,
    from: readonly string[],
    outs: string[],
    attributes: Record<string, NodeAttribute>,
    domain: string,
  ) => {
    if (domain !== '') domains.add(domain)
    for (const name of outs) made.add(name)
    const attributeList = Object.entries(attributes).map(([name, value]) => attribute(name, value))
    nodes.push(
      create(NodeProtoSchema, {
        opType: type,
        input: [...from],
        output: outs,
        attribute: attributeList,
        domain,
      }),
    )
  }

  const nameOf = (value: string): string => renamed.get(value) ?? value
  const rename = (node: NodeProto): NodeProto => ({
    ...node,
    input: node.input.map(nameOf),
    output: node.output.map(nameOf),
  })

  const graph: GraphFile = {
    target,
    node(type, from, attributes = {}, domain = '') {
      const name = `_v${count++}`
      add(type, from, [name], attributes, domain)
      return name
    },
    nodes(type, from, outs, attributes = {}) {
      const names = Array.from({ length: outs }, () => `_v${count++}`)
      add(type, from, names, attributes, '')
      return names
    },
    constant(data, shape = [data.length]) {
      const make = () => {
        const name = `_c${count++}`
        initializers.push(tensorProto(name, data, dtypeOf(data), shape))
        return name
      }
      return sizeOf(shape) > 16
        ? make()
        : graph.shared(`constant ${dtypeOf(data)} ${shape.join()} ${dataKey(data)}`, make)
    },
    integers: (values) => graph.constant(BigInt64Array.from(values.map(BigInt)), [values.length]),
    shared(key, make) {
      if (!memory.has(key)) memory.set(key, make())
      // The key names the maker, so what is found under it is what this maker made.
      return memory.get(key) as ReturnType<typeof make>
    },
    input: (name, shape, dtype) => void inputs.push(valueInfo(name, shape, dtype)),
    output(name, value, shape, dtype) {
      // A node writes its output under the output's own name: an Identity in between would copy it.
      if (made.has(value) && !renamed.has(value)) renamed.set(value, name)
      else add('Identity', [value], [name], {}, '')
      outputs.push(valueInfo(name, shape, dtype))
    },
    encode: (metadata = {}) =>
      toBinary(
        ModelProtoSchema,
        create(ModelProtoSchema, {
          irVersion: 8n,
          producerName: 'whitewater',
          opsetImport: [
            { domain: '', version: BigInt(opset) },
            ...[...domains].map((domain) => ({ domain, version: 1n })),
          ],
          metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
          graph: {
            name: 'program',
            node: executionOrder(nodes.map(rename)),
            initializer: initializers,
            input: inputs,
            output: outputs,
          },
        }),
      ),
  }
  return graph
}
