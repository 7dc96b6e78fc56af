// Files appear whole or not at all: write a temporary neighbour, flush it to the disk, rename it over the target.
import { mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failureError } from '../errors.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'your disk quota is used up; free some space',
  EACCES: 'permission denied; choose a folder you may write to',
  EPERM: 'permission denied; choose a folder you may write to',
  EFBIG: 'the file would exceed a size limit; raise it (ulimit -f), or choose another disk',
  EROFS: 'the file system is read-only; choose another folder',
  ENOENT: 'its folder does not exist; create it first',
  ENOTDIR: 'part of its path is not a folder',
  EISDIR: 'it is a folder, expected a file name',
  EEXIST: 'it exists already and is not a folder',
}

/** One-line reason of a file system error. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (error instanceof Error ? error.message : String(error))
}

const readReasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
}

/** One-line reason why a file could not be read. */
export function readReasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return readReasons[code] ?? reasonOf(error)
}

let serial = 0

/** Bytes of a file: all at once, or in pieces that are made as they are written. */
export type Content = Uint8Array | string | AsyncIterable<Uint8Array>

/**
 * Writes the file so that a reader, and a machine that loses power, sees the old content or the new, never a part.
 * Links are followed; a device or pipe is written to directly. The folder must exist.
 * @throws WhitewaterError (failure) when it cannot be written, or whatever the pieces throw while they are made; the temporary file is
 *   gone then, and the old content stands
 */
export async function writeFileAtomic(path: string, bytes: Content): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path)
    const existing = await stat(target).catch(() => undefined)
    if (existing && !existing.isFile() && !existing.isDirectory()) await writeFile(target, bytes)
    else await replace(target, bytes)
  } catch (error) {
    // Without a system's code it is what made the pieces that failed.
    if (!(error instanceof Error && 'code' in error)) throw error
    throw failureError(`cannot write ${path}: ${reasonOf(error)}`, error)
  }
}

async function replace(target: string, bytes: Content): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.${serial++}.tmp`)
  try {
    const file = await open(temporary, 'wx')
    try {
      await writeFile(file, bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(target))
}

/** Makes the rename itself durable; Windows cannot open a folder, and does not need it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

/** Makes the folder and those above it. @throws WhitewaterError (failure) */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw failureError(`cannot make folder ${path}: ${reasonOf(error)}`, error)
  })
}
