// Looks into an encoded model.
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, type ModelProto } from 'onnx-buf'
import { allNodes } from '../graph.ts'
import type { Model } from '../program.ts'

export const decoded = (model: Model): ModelProto => fromBinary(ModelProtoSchema, model.bytes)

/** The types of its nodes, in order. */
export const nodesOf = (model: Model): string[] =>
  decoded(model).graph?.node.map(({ opType }) => opType) ?? []

/** The same with the nodes inside loops and branches. */
export function allNodesOf(model: Model): string[] {
  const { graph } = decoded(model)
  return graph ? allNodes(graph).map(({ opType }) => opType) : []
}
