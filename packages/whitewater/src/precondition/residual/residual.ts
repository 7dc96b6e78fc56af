// A residual is a preconditioner that depends on path time (docs/preconditioners.md): it leaves the data as they are and says what the
// velocity is already known to be, so that the network is trained only on what is left over. It costs no second stage and no solver.
import type { NdArray, Tensor } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import type { Field } from '../../flow/field.ts'
import type { Path } from '../../flow/path.ts'
import type { FitOptions, Settings } from '../preconditioner.ts'

/** How to fit one: plain data but for `fit`. */
export interface Residual {
  readonly kind: string
  readonly options: Settings
  /** Whether it tells samples apart by their class, so that data without labels is refused. */
  readonly needsLabels?: boolean
  /** Fits to the data as the static preconditioner leaves them (and labels, where it depends on them). */
  fit(data: Dataset, options?: FitOptions): Promise<FittedResidual>
}

/** A known part of the velocity around a network. */
export interface FittedResidual {
  readonly kind: string
  readonly options: Settings
  /** Shape of one sample. */
  readonly features: readonly number[]
  /**
   * The velocity field on a path: the known part, and what `network` adds to it, each in the scale that it has at that time.
   * Label `classes` is the null class: there the known part is that of all data. Float32.
   */
  field(network: Field, path: Path): Field
  /** The error v - u [n, ...features] in the units in which the loss squares it; velocity units where absent. */
  readonly weigh?: (error: Tensor, path: Path, at: { readonly t: Tensor; readonly labels?: Tensor }) => Tensor
  /** What a reader should know: floors that were hit, classes, components. */
  describe(): Settings
  /** All that `restore` needs beside kind and options. */
  readonly tensors: ReadonlyMap<string, NdArray>
}
