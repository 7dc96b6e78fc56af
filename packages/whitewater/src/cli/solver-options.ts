// Options of drawing samples.
import type { Command } from 'commander'
import type { Generated, SampleOptions } from '../generator/generator.ts'
import { diffusionKinds } from '../flow/diffusion.ts'
import { samplerNames } from '../generator/field-solvers.ts'
import { number, oneOf, whole } from './options.ts'

export interface SolverFlags {
  readonly method?: string
  readonly solverSteps?: number
  readonly tolerance?: number
  readonly guidance?: number
  readonly diffusion?: string
  readonly strength?: number
}

export const withSolver = (command: Command): Command =>
  command
    .option(
      '--method <name>',
      `solver: ${samplerNames.join(', ')} (default: heun)`,
      oneOf('solver', samplerNames),
    )
    .option('--solver-steps <n>', 'steps of a fixed-step method (default: 50)', whole(1))
    .option(
      '--tolerance <x>',
      'of an adaptive method, relative and absolute (default: 1e-4)',
      number(0, { open: true }),
    )
    .option(
      '--diffusion <name>',
      `noise of an SDE sampler: ${diffusionKinds.join(', ')} (default: sigma)`,
      oneOf('diffusion', diffusionKinds),
    )
    .option('--strength <x>', 'factor of that noise; 0 is the ODE (default: 1)', number(0))
    .option('--guidance <w>', 'weight of classifier-free guidance, (1 + w) c - w u (default: 0)', number())

export const solverFlags = (flags: SolverFlags): SampleOptions => {
  const { method, solverSteps, tolerance, guidance, diffusion, strength } = flags
  const noisy = diffusion !== undefined || strength !== undefined
  return {
    method,
    steps: solverSteps,
    tolerance,
    guidance,
    ...(noisy && { diffusion: { kind: diffusion ?? 'sigma', ...(strength !== undefined && { strength }) } }),
  }
}

/** What a sample cost, in evaluations of the field and of the preconditioner's own network where it has one. */
export function evaluationsText({
  evaluations = 0,
  preconditionerEvaluations = 0,
}: Partial<Pick<Generated, 'evaluations' | 'preconditionerEvaluations'>>): string {
  const inverse = preconditionerEvaluations > 0 ? ` and ${preconditionerEvaluations} of P^-1` : ''
  return `${evaluations} evaluations a sample${inverse}`
}
