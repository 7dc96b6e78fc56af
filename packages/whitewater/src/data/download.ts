// Published files: from the first mirror that has the file with the known checksum, whole or not at all.
import { dirname } from 'node:path'
import { failureError, WhitewaterError } from '../errors.ts'
import { sha256 } from './checksum.ts'
import { makeFolder, writeFileAtomic } from './write.ts'

export interface Published {
  /** Says in errors what is missing. */
  readonly what: string
  /** Tried in turn. */
  readonly mirrors: readonly string[]
  /** SHA-256 hex of what is kept. */
  readonly checksum: string
  /** From the bytes of a mirror to those that are kept. */
  readonly unpack?: (bytes: Uint8Array) => Uint8Array
  /** What to do where no mirror can be reached. */
  readonly advice: string
}

export interface DownloadOptions {
  /** Told the bytes that are here and all bytes, where the mirror says how many there are. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Time without a byte after which a mirror is given up. */
const PATIENCE_MS = 60_000

async function bytesOf(url: string, { onProgress, signal }: DownloadOptions): Promise<Uint8Array> {
  const silence = new AbortController()
  const timer = setTimeout(() => {
    silence.abort(new Error(`nothing came for ${PATIENCE_MS / 1000} s`))
  }, PATIENCE_MS)
  try {
    const signals = [silence.signal, ...(signal ? [signal] : [])]
    const response = await fetch(url, { signal: AbortSignal.any(signals) })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const total = Number(response.headers.get('content-length') ?? 0)
    const pieces: Uint8Array[] = []
    let done = 0
    for await (const piece of response.body ?? []) {
      timer.refresh()
      pieces.push(piece)
      done += piece.length
      if (total > 0) onProgress?.(done, total)
    }
    return Buffer.concat(pieces)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Brings the file to `path`, whose folder is made, and gives its bytes.
 * @throws WhitewaterError (failure) when no mirror has it, it is stopped, or it cannot be written; nothing is left then
 */
export async function download(
  { what, mirrors, checksum, unpack = (bytes) => bytes, advice }: Published,
  path: string,
  options: DownloadOptions = {},
): Promise<Uint8Array> {
  await makeFolder(dirname(path))
  let problem = ''
  for (const mirror of mirrors) {
    try {
      const bytes = unpack(await bytesOf(mirror, options))
      const actual = sha256(bytes)
      if (actual !== checksum) throw new Error(`SHA-256 ${actual}, expected ${checksum}`)
      await writeFileAtomic(path, bytes)
      return bytes
    } catch (error) {
      if (error instanceof WhitewaterError) throw error
      if (options.signal?.aborted) throw failureError(`downloading ${what} was stopped: nothing was kept`)
      problem = `${new URL(mirror).host}: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  throw failureError(`cannot download ${what} from ${mirrors.length} mirrors (last, ${problem}): ${advice}`)
}
