// Datasets from files and folders of this machine.
import { readdir, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { DatasetSource } from './dataset.ts'
import { readBytes } from './files.ts'
import { fileSource, labelsOf, type Files } from './formats.ts'
import { imageFolder } from './images.ts'
import { findIdx, loadIdxFolder } from './mnist.ts'
import { npyBlocks, openLargeNpy } from './npy-blocks.ts'

/** By path. */
export const localFiles: Files = { read: readBytes, nameOf: (path) => basename(path) }

/** A file's source; that of a .npy file too large for memory reads it in blocks. */
function localFile(path: string): DatasetSource {
  const source = fileSource(path, localFiles)
  if (!/\.npy(\.gz)?$/i.test(path)) return source
  return {
    ...source,
    async open(options) {
      const array = await openLargeNpy(path)
      return array && npyBlocks(array, options, await labelsOf(options.labels, localFiles))
    },
  }
}

/** The source behind a folder: IDX files in MNIST's layout, or images, in sub-folders by class or side by side. */
async function folderSource(path: string): Promise<DatasetSource> {
  const names = await readdir(path)
  return (findIdx(names, 'train') ?? findIdx(names, 'test'))
    ? { options: ['split'], load: (options) => loadIdxFolder(path, basename(path), options.split ?? 'train') }
    : { options: ['resolution', 'channels'], load: (options) => imageFolder(path, options) }
}

/**
 * The source behind a path; undefined where there is nothing.
 * @throws WhitewaterError (usage) for a file of no known format
 */
export async function sourceAt(path: string): Promise<DatasetSource | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return folderSource(path)
  return found && localFile(path)
}
