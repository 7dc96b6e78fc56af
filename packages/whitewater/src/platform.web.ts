// What browsers have of all that: files by their address.
import { sourceAt } from './data/fetched.ts'
import { usageError } from './errors.ts'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  findLapack: () => Promise.resolve({ reason: 'browsers have none' }),
  sources: {},
  sourceAt: (place) => Promise.resolve(sourceAt(place)),
  writeFile: (path) =>
    Promise.reject(
      usageError(`a browser has no files to write ${path} to: call export without a path for its bytes`),
    ),
  nextTurn: () => new Promise((resolve) => setTimeout(resolve)),
}
