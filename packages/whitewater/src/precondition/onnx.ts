// Writing graphs as ONNX files, and a preconditioner as two of them: P and P^-1, for models that are trained elsewhere.
import { extname } from 'node:path'
import { input, onnxFile, reachable, type OnnxFile, type ProgramSpec, type Tensor } from '@whitewater/tensor'
import { writeFileAtomic } from '../data/write.ts'
import { failureError, usageError } from '../errors.ts'
import { version } from '../version.ts'
import type { FittedPreconditioner, InvertibleGraph } from './preconditioner.ts'

export interface ExportedFile {
  readonly path: string
  readonly bytes: number
  readonly nodes: number
  readonly opset: number
  /** In the order that the file lists them. */
  readonly inputs: readonly string[]
}

export interface OnnxOptions {
  /** More entries for the file's metadata_props. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** @throws WhitewaterError (usage) unless the name ends in .onnx */
export function checkOnnxPath(path: string): void {
  if (extname(path) !== '.onnx')
    throw usageError(`cannot write ${path}: expected a name that ends in .onnx, such as generator.onnx`)
}

function encoded(
  trace: (batch: number) => ProgramSpec,
  metadata: Readonly<Record<string, string>>,
): OnnxFile {
  try {
    return onnxFile(trace, metadata)
  } catch (error) {
    // A network or map that a file cannot hold, and says why.
    throw error instanceof RangeError ? failureError(error.message, error) : error
  }
}

/**
 * Writes a program as one ONNX file for any number of samples; what the path held before is replaced whole.
 * @throws WhitewaterError when the path does not end in .onnx, the program depends on the number of samples, its weights
 * exceed the 2 GiB of one file, or the file cannot be written
 */
export async function writeOnnx(
  path: string,
  trace: (batch: number) => ProgramSpec,
  metadata: Readonly<Record<string, string>>,
): Promise<ExportedFile> {
  checkOnnxPath(path)
  const { bytes, nodes, opset } = encoded(trace, {
    producer: 'whitewater',
    version,
    dtype: 'float32',
    ...metadata,
  })
  await writeFileAtomic(path, bytes)
  const inputs = (trace(1).inputs ?? []).flatMap(({ origin }) =>
    origin.kind === 'input' ? [origin.name] : [],
  )
  return { path, bytes: bytes.length, nodes, opset, inputs }
}

/** What metadata says of a map: kind, options and description as JSON. */
export const preconditionerFacts = (fitted: FittedPreconditioner): Record<string, string> => ({
  preconditioner: fitted.kind,
  preconditionerOptions: JSON.stringify(fitted.options),
  preconditionerDescription: JSON.stringify(fitted.describe()),
})

type Direction = 'forward' | 'inverse'

/** One direction as a program; it takes labels where the map reads them. */
function directionAt(graph: InvertibleGraph, features: readonly number[], direction: Direction) {
  return (batch: number): ProgramSpec => {
    const [from, to] = direction === 'forward' ? ['x', 'z'] : ['z', 'x']
    const source: Tensor = input(from, [batch, ...features])
    const labels = input('labels', [batch], 'int32')
    const result = graph[direction](source, labels)
    const reads = reachable([result]).includes(labels)
    return { inputs: reads ? [source, labels] : [source], outputs: { [to]: result } }
  }
}

/**
 * Writes P (x [N, ...features] to z) and, beside it, P^-1 (z to x): `P.onnx` and `P.inverse.onnx`. Both take labels int32 [N]
 * where P maps each sample by its class.
 * @throws WhitewaterError as `writeOnnx`
 */
export async function exportPreconditioner(
  fitted: FittedPreconditioner,
  path: string,
  { metadata = {} }: OnnxOptions = {},
): Promise<readonly [forward: ExportedFile, inverse: ExportedFile]> {
  checkOnnxPath(path)
  const facts = { features: fitted.features.join(), ...preconditionerFacts(fitted), ...metadata }
  const { graph, features } = fitted
  const write = (to: string, direction: Direction) =>
    writeOnnx(to, directionAt(graph, features, direction), { ...facts, direction })
  return [await write(path, 'forward'), await write(path.replace(/\.onnx$/, '.inverse.onnx'), 'inverse')]
}
