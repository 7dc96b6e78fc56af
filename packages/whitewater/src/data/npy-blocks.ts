// A .npy file too large for memory, read by ranges: some or all of its rows, block by block.
import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { ndarray, type NdArray } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { rowsPerBlock } from '../linalg/moments.ts'
import { decodeElements, elementSize } from './bytes.ts'
import { checkedLabels, checkedWidth, finiteRows } from './check.ts'
import type { DatasetOptions, SampleBlocks } from './dataset.ts'
import { readError } from './files.ts'
import { checkedNpyLength, isNpy, parseNpyHeader, type NpyHeader } from './npy.ts'
import { subsetIndices } from './subset.ts'

/** Files up to this size are loaded: their elements are then held twice for a moment. */
const MOST_LOADED_BYTES = 2 ** 28

/** More than any header of numbers has. */
const MOST_HEADER_BYTES = 2 ** 16 + 12

/** One read at most; Node's stop at 2 GiB. */
const MOST_READ_BYTES = 2 ** 26

/** Bytes between two wanted rows that are cheaper read over than skipped by another call. */
const MOST_GAP_BYTES = 2 ** 16

const openFile = (path: string): Promise<FileHandle> =>
  open(path).catch((error: unknown) => {
    throw readError(path, error)
  })

export interface NpyFile {
  readonly path: string
  readonly header: NpyHeader
}

/**
 * The header of a .npy file that is better read in blocks; undefined for one that is small, compressed, or in column-major order.
 * @throws WhitewaterError when the file is truncated or its header unreadable
 */
export async function openLargeNpy(
  path: string,
  { from = MOST_LOADED_BYTES } = {},
): Promise<NpyFile | undefined> {
  const file = await openFile(path)
  try {
    const { size } = await file.stat()
    if (size < from) return undefined
    const beginning = new Uint8Array(Math.min(size, MOST_HEADER_BYTES))
    await readFully(file, beginning, 0, path)
    if (!isNpy(beginning)) return undefined
    const header = parseNpyHeader(beginning, path)
    checkedNpyLength(header, size, path)
    return header.fortran ? undefined : { path, header }
  } finally {
    await file.close()
  }
}

async function readFully(
  file: FileHandle,
  target: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  for (let at = 0; at < target.length;) {
    const { bytesRead } = await file.read(
      target,
      at,
      Math.min(MOST_READ_BYTES, target.length - at),
      position + at,
    )
    if (bytesRead === 0)
      throw failureError(`${path} ends at byte ${position + at}: it became shorter while it was read`)
    at += bytesRead
  }
}

/** Where each wanted row stands in the file: all rows, or those at ascending `indices`. */
interface Rows {
  readonly count: number
  readonly at: (row: number) => number
}

function rowsOf(path: string, available: number, { samples, seed = 0 }: DatasetOptions): Rows {
  if (samples === undefined) return { count: available, at: (row) => row }
  const indices = subsetIndices(basename(path), available, samples, seed)
  return { count: samples, at: (row) => indices[row] }
}

/** End of the run of wanted rows that begins at `from` and is read in one go. */
function endOfRun({ at }: Rows, from: number, end: number, rowBytes: number): number {
  let to = from + 1
  while (
    to < end &&
    (at(to) - at(to - 1) - 1) * rowBytes <= MOST_GAP_BYTES &&
    (at(to) - at(from)) * rowBytes < MOST_READ_BYTES
  )
    to++
  return to
}

/** The bytes of wanted rows `from` .. `end`, side by side. */
async function readRows(
  file: FileHandle,
  { path, header }: NpyFile,
  rows: Rows,
  from: number,
  end: number,
  rowBytes: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array((end - from) * rowBytes)
  for (let row = from; row < end;) {
    const to = endOfRun(rows, row, end, rowBytes)
    const first = rows.at(row)
    const span = rows.at(to - 1) - rows.at(row) + 1
    const position = header.start + first * rowBytes
    const target = (row - from) * rowBytes
    if (span === to - row) {
      await readFully(file, bytes.subarray(target, target + span * rowBytes), position, path)
    } else {
      const run = new Uint8Array(span * rowBytes)
      await readFully(file, run, position, path)
      for (let i = row; i < to; i++) {
        const start = (rows.at(i) - first) * rowBytes
        bytes.set(run.subarray(start, start + rowBytes), (i - from) * rowBytes)
      }
    }
    row = to
  }
  return bytes
}

/**
 * The file's samples, or a random subset of them, in blocks: never more than a block in memory.
 * @throws WhitewaterError when the shape is not that of samples, or labels do not fit; while reading, for a value that is not finite
 */
export function npyBlocks(
  npy: NpyFile,
  options: DatasetOptions = {},
  labels?: readonly [array: NdArray, name: string],
): SampleBlocks {
  const { path, header } = npy
  const [available, ...features] = header.shape
  const width = checkedWidth(header.shape, path)
  const rows = rowsOf(path, available, options)
  const own = labels && checkedLabels(labels[0], available, labels[1])
  const picked = own && {
    ...own,
    labels: Int32Array.from({ length: rows.count }, (_, i) => own.labels[rows.at(i)]),
  }
  const rowBytes = width * elementSize(header.element)
  return {
    name: basename(path),
    shape: [rows.count, ...features],
    ...picked,
    streamed: true,
    async *blocks(size = rowsPerBlock(width)) {
      const file = await openFile(path)
      try {
        for (let start = 0; start < rows.count; start += size) {
          const end = Math.min(rows.count, start + size)
          const bytes = await readRows(file, npy, rows, start, end, rowBytes)
          const data = decodeElements(bytes, header.element, header.bigEndian)
          const values = finiteRows(data, width, path, (row) => rows.at(start + row))
          yield ndarray(values, [end - start, ...features])
        }
      } finally {
        await file.close()
      }
    },
  }
}
