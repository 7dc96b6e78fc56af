// Options of drawing samples.
import type { SampleOptions } from '../generator/generator.ts'
import { diffusionKinds } from '../flow/diffusion.ts'
import { samplerNames } from '../generator/field-solvers.ts'
import { option, type FlagsOf } from './declare.ts'
import { number, oneOf, whole } from './readers.ts'

export const solverOptions = {
  method: option(
    '<name>',
    `solver: ${samplerNames.join(', ')} (default: heun)`,
    oneOf('solver', samplerNames),
  ),
  solverSteps: option('<n>', 'steps of a fixed-step method (default: 50)', whole(1)),
  tolerance: option(
    '<x>',
    'of an adaptive method, relative and absolute (default: 1e-4)',
    number(0, { open: true }),
  ),
  diffusion: option(
    '<name>',
    `noise of an SDE sampler: ${diffusionKinds.join(', ')} (default: sigma)`,
    oneOf('diffusion', diffusionKinds),
  ),
  strength: option('<x>', 'factor of that noise; 0 is the ODE (default: 1)', number(0)),
  guidance: option('<w>', 'weight of classifier-free guidance, (1 + w) c - w u (default: 0)', number()),
}

export function sampleOptions(flags: FlagsOf<typeof solverOptions>): SampleOptions {
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
