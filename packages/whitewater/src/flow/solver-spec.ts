// What a solver is compiled for: a field, the states that it moves, and a method.
import type { Shape, StateSpec } from '@whitewater/tensor'
import type { Field } from './field.ts'
import type { Tableau } from './tableau.ts'

/** A field, and the states that it moves. */
export interface FieldSpec {
  readonly field: Field
  /** Resident values that the field closes over, by name, without `next`. */
  readonly parameters?: Readonly<Record<string, StateSpec>>
  /** Shape of the state x, [n, ...features]. */
  readonly shape: Shape
  /** 'float32' unless given. */
  readonly dtype?: 'float32' | 'float64'
  /** Whether the field takes labels int32 [n]. */
  readonly labels?: boolean
}

export interface SolverSpec extends FieldSpec {
  readonly method: Tableau
  /** Fixed steps taken by one run of the program, at least 1; chosen by their size unless given. Costs time to compile. */
  readonly unroll?: number
}

export const dtypeOfSpec = ({ dtype = 'float32' }: FieldSpec): 'float32' | 'float64' => dtype
