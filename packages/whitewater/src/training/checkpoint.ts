// What training stands at, so that it can go on from there.
import type { Parameter } from '../nn/scope.ts'

export interface Checkpoint {
  readonly step: number
  readonly seed: number
  /** Flat vectors by name: `parameters`, `average` and the optimizer's moments. */
  readonly state: Readonly<Record<string, Float32Array>>
}

/** Where checkpoints go. */
export interface Checkpoints {
  /** Steps between them; the last step is always written. */
  readonly every: number
  /** The one to go on from; undefined to begin anew. */
  newest(parameters: readonly Parameter[]): Promise<Checkpoint | undefined>
  write(checkpoint: Checkpoint, parameters: readonly Parameter[]): Promise<void>
}
