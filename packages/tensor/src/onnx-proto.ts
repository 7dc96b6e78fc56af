// ONNX's own messages from ours: attributes, types, constants, and the order that a graph's nodes are written in.
import { create } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { dtypeOf, type Data, type DType, type Shape } from './array.ts'

export type NodeAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly graph: GraphProto }

const elementType: Record<DType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
}

export const onnxType = (dtype: DType): number => elementType[dtype]

/** Plain numbers are integers (kernel sizes, axes, flags); floats are marked, since ONNX tells the two apart. */
export function attribute(name: string, value: NodeAttribute): AttributeProto {
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
  if ('graph' in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: value.graph })
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) })
}

export const valueInfo = (name: string, shape: Shape, dtype: DType): ValueInfoProto =>
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

/** A constant of a graph; its bytes are those of `data`, not copied. */
export function tensorProto(name: string, data: Data, shape: Shape): TensorProto {
  const { buffer, byteOffset, byteLength } = data
  if (!(buffer instanceof ArrayBuffer)) return tensorProto(name, data.slice(), shape)
  return create(TensorProtoSchema, {
    name,
    dataType: elementType[dtypeOf(data)],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(buffer, byteOffset, byteLength),
  })
}

/** The graphs inside a node: bodies and branches of control flow. */
export const subgraphs = ({ attribute: attributes }: NodeProto): GraphProto[] =>
  attributes.flatMap(({ g }) => (g ? [g] : []))

/** All names that a node reads, those that the graphs inside it read included. */
function reads(node: NodeProto): string[] {
  return [...node.input, ...subgraphs(node).flatMap((graph) => graph.node.flatMap(reads))]
}

/**
 * ONNX Runtime executes depth first from the outputs and enters the latest input in the file first. So of two independent
 * branches the one emitted first is written last: each weight gradient then runs, and frees what it holds, as soon as
 * it can, instead of after the whole backward pass. (The reverse postorder of a search through the consumers.)
 */
export function executionOrder(nodes: readonly NodeProto[]): NodeProto[] {
  const consumers = new Map<string, NodeProto[]>(
    nodes.flatMap(({ output }) => output.map((name) => [name, []])),
  )
  for (const node of nodes) for (const name of new Set(reads(node))) consumers.get(name)?.push(node)
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
