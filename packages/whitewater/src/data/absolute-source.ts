// The `data` entry of a run that may be taken up from another folder.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { datasetNames } from './registry.ts'
import type { Source } from './source.ts'

/** The entry with absolute paths, so that the run can be continued from any folder. */
export async function absoluteSource(entry: Source): Promise<Source> {
  const { source, dataDir, labels } = entry
  const isFile = !datasetNames.includes(source) && (await stat(source).catch(() => undefined)) !== undefined
  return {
    ...entry,
    ...(isFile && { source: resolve(source) }),
    ...(dataDir !== undefined && { dataDir: resolve(dataDir) }),
    ...(labels !== undefined && { labels: resolve(labels) }),
  }
}
