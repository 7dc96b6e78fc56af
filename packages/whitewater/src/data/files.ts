// Reading and writing the formats on disk; a gzipped file of any format is read as if it were not.
import { open, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { NdArray, Shape } from '@whitewater/tensor'
import { failureError, usageError, type WhitewaterError } from '../errors.ts'
import { parseCsv, type CsvOptions, type CsvTable } from './csv.ts'
import { parseIdx } from './idx.ts'
import { encodeNpy, encodeNpyBlocks, parseNpy } from './npy.ts'
import { encodeNpz, parseNpz } from './npz.ts'
import {
  encodeSafetensors,
  encodeSafetensorsBlocks,
  parseMetadata,
  parseSafetensors,
  type Safetensors,
  type TensorBlocks,
} from './safetensors.ts'
import { parseTorchFile } from './torch-file.ts'
import { reasonOf, writeFileAtomic } from './write.ts'

const inflate = promisify(gunzip)

/** Read in pieces, because one read stops at 2 GiB. */
const MOST_READ_BYTES = 2 ** 28

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const status = await file.stat()
    if (!status.isFile()) return await readFile(file)
    const bytes = new Uint8Array(status.size)
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(MOST_READ_BYTES, bytes.length - at), at)
      if (bytesRead === 0) return bytes.subarray(0, at)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

/** Why a file could not be opened or read. */
export function readError(path: string, error: unknown): WhitewaterError {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  return missing
    ? usageError(`${path} does not exist: expected a data file or folder; check the path`)
    : failureError(`cannot read ${path}: ${reasonOf(error)}`, error)
}

/**
 * The file's bytes, decompressed when they are gzip.
 * @throws WhitewaterError: usage when there is no such file, failure when it cannot be read or its gzip is damaged
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = await readWhole(path).catch((error: unknown) => {
    throw readError(path, error)
  })
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  return inflate(bytes).catch((error: unknown) => {
    throw failureError(`${path} is a damaged or truncated gzip file; download it again`, error)
  })
}

export const readNpy = async (path: string): Promise<NdArray> => parseNpy(await readBytes(path), path)
export const readNpz = async (path: string): Promise<Map<string, NdArray>> =>
  parseNpz(await readBytes(path), path)
export const readIdx = async (path: string): Promise<NdArray> => parseIdx(await readBytes(path), path)
export const readSafetensors = async (path: string): Promise<Safetensors> =>
  parseSafetensors(await readBytes(path), path)
/** What a .safetensors file says of itself, from its header alone. */
export async function readMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  const file = await open(path).catch((error: unknown) => {
    throw readError(path, error)
  })
  try {
    const length = new Uint8Array(8)
    const { bytesRead } = await file.read(length, 0, 8, 0)
    const { size } = await file.stat()
    const end = 8 + Number(new DataView(length.buffer).getBigUint64(0, true))
    if (bytesRead < 8 || end > size) return parseMetadata(length, path)
    const header = new Uint8Array(end)
    await file.read(header, 0, end, 0)
    return parseMetadata(header, path)
  } finally {
    await file.close()
  }
}
export const readTorchFile = async (path: string): Promise<Map<string, NdArray>> =>
  parseTorchFile(await readBytes(path), path)
export const readCsv = async (path: string, options?: CsvOptions): Promise<CsvTable> =>
  parseCsv(new TextDecoder().decode(await readBytes(path)), path, options)

export const writeNpy = (path: string, array: NdArray, options?: { bool?: boolean }): Promise<void> =>
  writeFileAtomic(path, encodeNpy(array, options))
/** A .npy file of float32 blocks that follow each other along the first axis of `shape`, never held together. */
export const writeNpyBlocks = (
  path: string,
  shape: Shape,
  blocks: AsyncIterable<NdArray<Float32Array>>,
): Promise<void> => writeFileAtomic(path, encodeNpyBlocks(shape, blocks))
export const writeNpz = (
  path: string,
  arrays: Iterable<readonly [string, NdArray]>,
  options?: { compress?: boolean },
): Promise<void> => writeFileAtomic(path, encodeNpz(arrays, options))
export const writeSafetensors = (
  path: string,
  tensors: Iterable<readonly [string, NdArray]>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> => writeFileAtomic(path, encodeSafetensors(tensors, metadata))
/** A .safetensors file of whole tensors and one of float32 blocks that are never held together. */
export const writeSafetensorsBlocks = (
  path: string,
  whole: readonly (readonly [string, NdArray])[],
  last: TensorBlocks,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> => writeFileAtomic(path, encodeSafetensorsBlocks(whole, last, metadata))
