// What the core needs from the place it runs in; one file a place, chosen by conditional imports.
import type { DatasetSource } from './data/dataset.ts'
import type { Found } from './linalg/lapack.ts'

export interface Platform {
  /** The LAPACK of this place, or why there is none; looked for once. */
  readonly findLapack: () => Promise<Found>
  /** Datasets by name that only this place has. */
  readonly sources: Readonly<Record<string, DatasetSource>>
  /** The source behind a path or an address; undefined where there is nothing. */
  readonly sourceAt: (place: string) => Promise<DatasetSource | undefined>
  /** @throws WhitewaterError where it cannot be written, or there are no files */
  readonly writeFile: (path: string, bytes: Uint8Array) => Promise<void>
  /** Lets what waits outside run first: signals, input, painting. */
  readonly nextTurn: () => Promise<void>
}
