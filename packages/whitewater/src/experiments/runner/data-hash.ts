// What data a result was measured on, where that is a file or a folder of a person's own: paths say too little, on one machine and
// between two.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Source } from '../../data/source.ts'

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Hash of names and sizes of all files below a folder: content may be many gigabytes. */
async function folderHash(path: string): Promise<string> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const hash = createHash('sha256')
  for (const file of files.sort()) hash.update(`${file.slice(path.length)} ${(await stat(file)).size}\n`)
  return hash.digest('hex')
}

async function pathHash(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return undefined
  return found.isDirectory() ? folderHash(path) : fileHash(path)
}

/** SHA-256 of the data and its labels; undefined for data that go by a name. */
export async function dataHash({ source, labels }: Source): Promise<string | undefined> {
  const hashes = [await pathHash(source), labels === undefined ? undefined : await pathHash(labels)]
  const known = hashes.filter((hash) => hash !== undefined)
  return known.length > 0 ? known.join(' ') : undefined
}
