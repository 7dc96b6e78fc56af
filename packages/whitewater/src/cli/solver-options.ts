// Options of drawing samples.
import type { Command } from 'commander'
import type { SampleOptions } from '../generator/generator.ts'
import { solvers } from '../flow/solvers.ts'
import { number, oneOf, whole } from './options.ts'

export interface SolverFlags {
  readonly method?: string
  readonly solverSteps?: number
  readonly tolerance?: number
  readonly guidance?: number
}

const names = solvers.map(({ name }) => name)

export const withSolver = (command: Command): Command =>
  command
    .option('--method <name>', `solver: ${names.join(', ')} (default: heun)`, oneOf('solver', names))
    .option('--solver-steps <n>', 'steps of a fixed-step method (default: 50)', whole(1))
    .option(
      '--tolerance <x>',
      'of an adaptive method, relative and absolute (default: 1e-4)',
      number(0, { open: true }),
    )
    .option('--guidance <w>', 'weight of classifier-free guidance, (1 + w) c - w u (default: 0)', number())

export const solverFlags = ({ method, solverSteps, tolerance, guidance }: SolverFlags): SampleOptions => ({
  method,
  steps: solverSteps,
  tolerance,
  guidance,
})
