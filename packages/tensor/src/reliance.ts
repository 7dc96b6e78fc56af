// What the engine uses although ONNX Runtime does not promise it: internal kernels, operators outside the ONNX standard, memory
// that is read and written in one run. Such a thing is looked at once in a process, before its first use (runtime/looks.ts).
import type { Data, NdArray } from './array.ts'
import type { ProgramSpec } from './program.ts'

/** A small program that computes things both ways. */
export interface Look {
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

export interface Reliance {
  /** What is relied on, as messages call it: 'blocked convolution kernels'. */
  readonly name: string
  /** What programs use without it: 'plain convolutions'. */
  readonly instead: string
  readonly look: () => Look
}

/** Whether programs may use a thing that is relied on. */
export type Trust = (reliance: Reliance) => boolean

/** Takes ONNX Runtime at its word in everything: for looks, and for files whose kernels are chosen elsewhere. */
export const trustAll: Trust = () => true
