// Writing graphs as ONNX files, and a preconditioner as two of them: P and P^-1, for models that are trained elsewhere.
import { platform } from '#platform'
import { input, onnxFile, reachable, type OnnxFile, type ProgramSpec, type Tensor } from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'
import { version } from '../version.ts'
import type { FittedPreconditioner, InvertibleGraph } from './preconditioner.ts'

/** What an ONNX file holds. */
export interface OnnxFacts {
  readonly nodes: number
  readonly opset: number
  /** In the order that the file lists them. */
  readonly inputs: readonly string[]
}

export interface ExportedFile extends OnnxFacts {
  readonly path: string
  readonly bytes: number
}

/** An ONNX file that is written nowhere yet. */
export interface ExportedBytes extends OnnxFacts {
  readonly bytes: Uint8Array
}

export interface OnnxOptions {
  /** More entries for the file's metadata_props. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** @throws WhitewaterError (usage) unless the name ends in .onnx */
export function checkOnnxPath(path: string): void {
  if (!/[^/\\]\.onnx$/.test(path))
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
 * A program as one ONNX file for any number of samples.
 * @throws WhitewaterError when the program depends on the number of samples, or its weights exceed the 2 GiB of one file
 */
export function onnxBytes(
  trace: (batch: number) => ProgramSpec,
  metadata: Readonly<Record<string, string>>,
): ExportedBytes {
  const { bytes, nodes, opset } = encoded(trace, {
    producer: 'whitewater',
    version,
    dtype: 'float32',
    ...metadata,
  })
  const inputs = (trace(1).inputs ?? []).flatMap(({ origin }) =>
    origin.kind === 'input' ? [origin.name] : [],
  )
  return { bytes, nodes, opset, inputs }
}

/**
 * Writes such a file; what the path held before is replaced whole.
 * @throws WhitewaterError when the path does not end in .onnx, or the file cannot be written
 */
export async function writeOnnx(path: string, { bytes, ...facts }: ExportedBytes): Promise<ExportedFile> {
  checkOnnxPath(path)
  await platform.writeFile(path, bytes)
  return { path, bytes: bytes.length, ...facts }
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

/** Both directions, made when they are asked for. */
function directions(fitted: FittedPreconditioner, { metadata = {} }: OnnxOptions) {
  const facts = { features: fitted.features.join(), ...preconditionerFacts(fitted), ...metadata }
  const { graph, features } = fitted
  return (direction: Direction): ExportedBytes =>
    onnxBytes(directionAt(graph, features, direction), { ...facts, direction })
}

/**
 * P (x [N, ...features] to z) and P^-1 (z to x) as ONNX files. Both take labels int32 [N] where P maps each sample by its class.
 * @throws WhitewaterError as `onnxBytes`
 */
export function preconditionerOnnx(
  fitted: FittedPreconditioner,
  options: OnnxOptions = {},
): readonly [forward: ExportedBytes, inverse: ExportedBytes] {
  const bytesOf = directions(fitted, options)
  return [bytesOf('forward'), bytesOf('inverse')]
}

/**
 * Writes P and, beside it, P^-1: `P.onnx` and `P.inverse.onnx`, as `preconditionerOnnx` gives them.
 * @throws WhitewaterError as `preconditionerOnnx` and `writeOnnx`
 */
export async function exportPreconditioner(
  fitted: FittedPreconditioner,
  path: string,
  options: OnnxOptions = {},
): Promise<readonly [forward: ExportedFile, inverse: ExportedFile]> {
  checkOnnxPath(path)
  const bytesOf = directions(fitted, options)
  return [
    await writeOnnx(path, bytesOf('forward')),
    await writeOnnx(path.replace(/\.onnx$/, '.inverse.onnx'), bytesOf('inverse')),
  ]
}
