// A program as one ONNX file for others: any batch size, ONNX's own operators only, weights inside under their names.
import { emitTensors } from '../emit.ts'
import { allNodes, graphFile, modelBytes, opset } from '../graph.ts'
import { portOf } from '../program.ts'
import { simplify } from '../simplify.ts'
import type { ProgramSpec } from '../spec.ts'
import { dynamicBatch, type TracedGraph } from './dynamic-batch.ts'

export interface OnnxFile {
  readonly bytes: Uint8Array
  readonly opset: number
  /** Nodes of the graph, those inside loops and branches included. */
  readonly nodes: number
}

/** Batch sizes that no layer has for another reason. */
const BATCHES = [1009, 1013, 1021]

/** What one protobuf message can hold. */
const LIMIT = 2 ** 31 - 1

function traceAt(batch: number, trace: (batch: number) => ProgramSpec): TracedGraph {
  const { inputs = [], outputs = {}, state = {} } = trace(batch)
  const graph = graphFile('portable')
  const names = new Map<string, string>()
  for (const { name, shape, dtype } of inputs.map(portOf)) {
    graph.input(name, shape, dtype)
    names.set(name, name)
  }
  for (const [name, { current, next, initial }] of Object.entries(state)) {
    if (next || !initial)
      throw new RangeError(`cannot export state '${name}': a file keeps none between runs`)
    graph.initializer(name, initial, current.shape)
    names.set(portOf(current).name, name)
  }
  const results = Object.entries(outputs)
  const values = emitTensors(graph, simplify(results.map(([, tensor]) => tensor)), names)
  results.forEach(([name, { shape, dtype }], at) => graph.output(name, values[at], shape, dtype))
  return { batch, graph: graph.finish() }
}

/**
 * Traces a program for any batch size. Its state becomes the file's weights, under the state's names.
 * @param trace the program for a batch of so many rows: the same graph for each, but for its extents
 * @throws RangeError for a program that depends on the batch in another way, or for more than 2 GiB of weights
 */
export function onnxFile(
  trace: (batch: number) => ProgramSpec,
  metadata: Readonly<Record<string, string>> = {},
): OnnxFile {
  const graph = dynamicBatch(BATCHES.map((batch) => traceAt(batch, trace)))
  const weights = graph.initializer.reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0)
  if (weights > LIMIT) {
    throw new RangeError(
      `${(weights / 2 ** 30).toFixed(1)} GiB of weights do not fit in one ONNX file, which holds at most 2 GiB`,
    )
  }
  return { bytes: modelBytes(graph, metadata), opset, nodes: allNodes(graph).length }
}
