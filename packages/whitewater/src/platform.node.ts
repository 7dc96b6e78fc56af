// Files, folders, images, downloads and the system's LAPACK, as Node has them.
import { setImmediate } from 'node:timers/promises'
import { sourceAt } from './data/load.ts'
import { mnist } from './data/mnist.ts'
import { writeFileAtomic } from './data/write.ts'
import { findLapack } from './linalg/lapack.node.ts'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  findLapack: () => findLapack(),
  sources: { mnist },
  sourceAt,
  writeFile: writeFileAtomic,
  nextTurn: () => setImmediate(),
}
