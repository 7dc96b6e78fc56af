// A look at what the engine relies on (reliance.ts): a small program computes it beside what ONNX Runtime promises.
import type { Data, NdArray } from './array.ts'
import type { Reliance } from './reliance.ts'
import type { ProgramSpec } from './spec.ts'

/** It takes place once in a process, before the first use (runtime/looks.ts). */
export interface Look {
  readonly reliance: Reliance
  readonly compare: () => Comparison
}

/** A program that computes things both ways. */
export interface Comparison {
  /**
   * Has an output `relied:CASE` beside each `promised:CASE`. Operands are inputs: ONNX Runtime works constants out beforehand,
   * with other kernels.
   */
  readonly spec: ProgramSpec
  /** Inputs of one run each, in order. */
  readonly runs: readonly Readonly<Record<string, Data>>[]
  /** What else is worth saying of the first run's outputs. */
  readonly detail?: (outputs: Readonly<Record<string, NdArray>>) => string
}
