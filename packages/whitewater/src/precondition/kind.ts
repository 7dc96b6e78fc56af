// One preconditioner as the registry knows it: its name, what its options are, how it is made and how a saved one comes back.
import type { CompileOptions, NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import { namedKind, type KindText, type NamedKindSpec } from '../kinds/named-kind.ts'
import type { FittedPreconditioner, Preconditioner, Settings } from './preconditioner.ts'

/** A fitted map as a folder keeps it. */
export interface Saved {
  readonly kind: string
  readonly options: Settings
  readonly features: readonly number[]
  readonly description: Settings
  readonly tensors: ReadonlyMap<string, NdArray>
}

export type Restore<Fitted = FittedPreconditioner> = (saved: Saved, engine?: CompileOptions) => Fitted

/** A static preconditioner unless `Made` and `Fitted` say otherwise. */
export interface Kind<Made = Preconditioner, Fitted = FittedPreconditioner> extends KindText {
  /** Whether it is fitted by iterating, gradient descent or expectation-maximisation; else in closed form. */
  readonly trained?: boolean
  /** Whether it sees samples as images [channels, height, width], so that vectors are refused unless it is told their shape. */
  readonly images?: boolean
  /** @throws WhitewaterError (usage) for options that it does not take */
  make(options: Settings): Made
  readonly restore: Restore<Fitted>
}

export interface KindSpec<Shape extends z.ZodRawShape, Made, Fitted> extends NamedKindSpec<Made, Shape> {
  readonly trained?: boolean
  readonly images?: boolean
  readonly restore: Restore<Fitted>
}

/** Checks options before `make` sees them. */
export function kindOf<Shape extends z.ZodRawShape, Made, Fitted>(
  spec: KindSpec<Shape, Made, Fitted>,
): Kind<Made, Fitted> {
  const { name, about, trained, images, restore } = spec
  const { make, options } = namedKind(spec)
  return {
    name,
    about,
    options,
    trained,
    images,
    restore,
    make: (given) => make(given, 'preconditioner'),
  }
}

/** Smallest variance kept, relative to the largest. */
export const floorOption = z
  .number()
  .min(0)
  .max(1)
  .optional()
  .describe('variances below this share of the largest are raised to it; 1e-6 unless given')
