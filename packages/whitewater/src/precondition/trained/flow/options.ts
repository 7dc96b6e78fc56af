// What a flow preconditioner can be told, and what it is where nothing is said.
import { z } from 'zod'
import { usageError } from '../../../errors.ts'
import { solverNamed, solvers } from '../../../flow/solvers.ts'
import { isAdaptive, type Tableau } from '../../../flow/tableau.ts'
import { networkKinds } from '../../../nn/networks/registry.ts'
import type { NetworkOptions } from './network.ts'

export interface FlowPreconditionerOptions extends NetworkOptions {
  /** Training steps. */
  readonly steps?: number
  /** Samples a training step. */
  readonly batch?: number
  /** Adam's rate as its cosine decay starts. */
  readonly learningRate?: number
  /** Solver by name. */
  readonly method?: string
  /** Steps of a fixed-step method; as many as the tolerance needs unless given. */
  readonly solverSteps?: number
  /**
   * Largest round-trip error, in units of the data's scale: the root mean square of P^-1(P(x)) - x. The fit measures it, refines
   * the solver until it is met, and refuses where it cannot be. With `solverSteps` nothing is promised unless it is given.
   */
  readonly tolerance?: number
}

export const DEFAULT_TOLERANCE = 1e-4

/**
 * The classical Runge-Kutta method: from 32 evaluations on it has the smallest round trip for its cost of all methods audited
 * (`reproduce solver-audit`), with the same steps for every sample.
 */
const DEFAULT_METHOD = 'rk4'

/** The solver. @throws WhitewaterError (usage) for one that there is not, or steps for one that chooses its own */
export function methodOf({
  method = DEFAULT_METHOD,
  solverSteps,
}: Pick<FlowPreconditionerOptions, 'method' | 'solverSteps'>): Tableau {
  const found = solverNamed(method)
  if (isAdaptive(found) && solverSteps !== undefined)
    throw usageError(`flow: ${method} chooses its own steps; give tolerance, or choose a fixed-step method`)
  return found
}

const count = (meaning: string) => z.int().min(1).optional().describe(meaning)

export const flowOptions = {
  network: z
    .enum(networkKinds)
    .optional()
    .describe(`${networkKinds.join(', ')}; by the size of a sample unless given`),
  width: count('units or channels of a hidden layer'),
  depth: count('hidden layers or blocks'),
  steps: count('training steps; 12,000 of the tiny network, else 3000, unless given'),
  batch: count('samples a training step; 256 unless given'),
  learningRate: z
    .number()
    .positive()
    .optional()
    .describe('at the start of a cosine decay; 0.01 for the tiny network, else 0.003, unless given'),
  method: z
    .string()
    .optional()
    .describe(solvers.map(({ name }) => name).join(', ')),
  solverSteps: count('steps of a fixed-step method; as many as the tolerance needs unless given'),
  tolerance: z
    .number()
    .positive()
    .optional()
    .describe(`largest round-trip error in units of the data's scale; ${DEFAULT_TOLERANCE} unless given`),
}
