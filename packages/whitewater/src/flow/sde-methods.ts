// The SDE methods: adding one is adding a record here.
import { oneNamed } from '../kinds/named-kind.ts'
import { euler, heun } from './solvers.ts'
import type { Tableau } from './tableau.ts'

/** A method for additive noise, as the Runge-Kutta method that it is without noise. */
export interface SdeMethod {
  readonly name: string
  /** Weak order: moments of the solution err by O(h^order). */
  readonly order: number
  /** Its nodes are 0 and 1: a stage at the end of the step has the step's whole noise. */
  readonly tableau: Tableau
}

/** Weak order 1, 1 evaluation a step. Maruyama (1955). */
export const eulerMaruyama: SdeMethod = { name: 'euler-maruyama', order: 1, tableau: euler }

/** Weak order 2 for additive noise, 2 evaluations a step, both with the same noise. Kloeden & Platen (1992), section 15.1. */
export const stochasticHeun: SdeMethod = { name: 'stochastic-heun', order: 2, tableau: heun }

export const sdeMethods: readonly SdeMethod[] = [eulerMaruyama, stochasticHeun]

/** @throws WhitewaterError (usage) for a name that there is not */
export const sdeMethodNamed = (name: string): SdeMethod => oneNamed('SDE method', sdeMethods, name)
