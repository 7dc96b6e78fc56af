// `--prepared DIR`: a classifier and an autoencoder that were made once, in place of ones that are trained here. Results of several
// machines then carry the same hashes, and add up.
import { readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parseTar } from 'nanotar'
import { sha256 } from '../../data/checksum.ts'
import { makeFolder, readReasonOf, writeFileAtomic } from '../../data/write.ts'
import { usageError, type WhitewaterError } from '../../errors.ts'

export interface PreparedFiles {
  /** A classifier as the cache of features holds it. */
  readonly classifier: string
  /** The run folder of an autoencoder, packed or as it is. */
  readonly autoencoder: { readonly path: string; readonly packed: boolean }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * What the folder, or its subfolder named like the data, holds.
 * @throws WhitewaterError (usage) where one of the two is missing
 */
export async function preparedFiles(folder: string, data: string): Promise<PreparedFiles> {
  const nested = join(folder, data)
  const home = (await exists(nested)) ? nested : folder
  const classifier = join(home, 'classifier.safetensors')
  const archive = join(home, 'autoencoder.tar.gz')
  const run = join(home, 'autoencoder')
  const packed = await exists(archive)
  const missing = [
    ...((await exists(classifier)) ? [] : ['classifier.safetensors']),
    ...(packed || (await exists(join(run, 'model.json'))) ? [] : ['autoencoder.tar.gz or autoencoder/']),
  ]
  if (missing.length > 0)
    throw usageError(
      `--prepared ${folder} lacks ${missing.join(' and ')}: expected a classifier and an autoencoder of ${data}, there or in ${data}/`,
    )
  return { classifier, autoencoder: { path: packed ? archive : run, packed } }
}

/** SHA-256 of what decides results: the classifier, and the archive or what the autoencoder's folder says of itself. */
export async function preparedHash({ classifier, autoencoder }: PreparedFiles): Promise<string> {
  const { path, packed } = autoencoder
  const files = [classifier, packed ? path : join(path, 'model.json')]
  const hashes = await Promise.all(files.map(async (file) => sha256(await readFile(file))))
  return sha256(hashes.join(' '))
}

/** Unpacked, a run folder of an autoencoder is far smaller; a larger archive is none. */
const MOST_BYTES = 2 ** 30

type Refuse = (reason: string) => WhitewaterError

function itemsOf(content: Uint8Array, broken: Refuse) {
  try {
    return parseTar(content)
  } catch {
    throw broken('its parts are cut short or damaged')
  }
}

/** Files of the archive by their path below its one folder. */
async function unpacked(archive: string): Promise<Map<string, Uint8Array>> {
  const broken = (reason: string) =>
    usageError(`${archive} is no packed autoencoder (${reason}), expected a .tar.gz of its run folder`)
  const bytes = await readFile(archive).catch((error: unknown) => {
    throw broken(readReasonOf(error))
  })
  const content = await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES }).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    throw broken(/larger than/.test(message) ? 'it unpacks to more than 1 GiB' : message)
  })
  const files = new Map<string, Uint8Array>()
  for (const { name, type, data } of itemsOf(new Uint8Array(content), broken)) {
    const [, ...parts] = name.replace(/^\.\//, '').split('/')
    if (type !== 'file' && type !== 'directory') throw broken(`it holds a ${type ?? 'part of unknown type'}`)
    if (type === 'file' && data && parts.length > 0) files.set(parts.join('/'), data)
  }
  if (!files.has('model.json')) throw broken('it holds no FOLDER/model.json')
  return files
}

/**
 * Unpacks an archive so that the folder appears whole or not at all.
 * @throws WhitewaterError (usage) for a file that is no archive of a run, or leads out of the folder
 */
export async function unpackAutoencoder(archive: string, folder: string): Promise<void> {
  const files = await unpacked(archive)
  const temporary = `${folder}.${process.pid}.tmp`
  try {
    for (const [name, data] of files) {
      const path = resolve(temporary, name)
      if (!path.startsWith(resolve(temporary) + sep))
        throw usageError(`${archive} holds ${name}, which leads out of its folder: it is not ours`)
      await makeFolder(dirname(path))
      await writeFileAtomic(path, data)
    }
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder)
  } catch (error) {
    // Another process that unpacks the same archive may have been first.
    if (!(await exists(join(folder, 'model.json')))) throw error
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
