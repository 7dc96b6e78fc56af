// What a program is to compute, in traced tensors.
import type { Data } from './array.ts'
import type { Tensor } from './tensor.ts'

/** One resident value: read as `current` while a run computes `next`, which the following run reads. */
export interface StateSpec {
  /** An `input` tensor. */
  readonly current: Tensor
  /** Without it the value stays until it is written: weights of a sampler. */
  readonly next?: Tensor
  /** Zeros unless given. */
  readonly initial?: Data
}

export interface ProgramSpec {
  /** Tensors made by `input`, given at each run. */
  readonly inputs?: readonly Tensor[]
  readonly outputs?: Readonly<Record<string, Tensor>>
  readonly state?: Readonly<Record<string, StateSpec>>
}
