// What training keeps on its way, so that it can go on later. `runs/` keeps it in a folder; in memory nothing is kept.
import type { FittedPreconditioner } from '../precondition/preconditioner.ts'
import type { FittedResidual } from '../precondition/residual/residual.ts'
import type { Checkpoints } from '../training/checkpoint.ts'
import type { Progress } from '../training/loop.ts'

/** What sampling needs to know beside the weights. */
export interface ModelFacts {
  readonly field: {
    readonly kind: string
    readonly options: Readonly<Record<string, number | string | boolean | readonly number[]>>
  }
  /** Shape of one sample. */
  readonly features: readonly number[]
  /** Number of training samples of each label that the field knows: classes, or components of classes; absent without. */
  readonly labelCounts?: readonly number[]
  /** Components of each class, where the preconditioner sorts samples into such. */
  readonly components?: number
  readonly parameters: number
}

export interface Keeper {
  /** The map that was kept before; otherwise what `fit` gives, kept from now on. */
  preconditioner(fit: () => Promise<FittedPreconditioner>): Promise<FittedPreconditioner>
  residual(fit: () => Promise<FittedResidual>): Promise<FittedResidual>
  facts(facts: ModelFacts): Promise<void>
  progress(progress: Progress): Promise<void>
  readonly checkpoints?: Checkpoints
}

export const inMemory: Keeper = {
  preconditioner: (fit) => fit(),
  residual: (fit) => fit(),
  facts: () => Promise.resolve(),
  progress: () => Promise.resolve(),
}
