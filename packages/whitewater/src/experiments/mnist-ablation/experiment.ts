// How much preconditioner is enough (Fig. 9): quality against the capacity of RealNVP and flow, and against the epochs that they are
// trained, beside generators without one that have as many weights as both together.
import { latentOptions } from '../mnist/options.ts'
import { sharingExperiment } from '../runner/experiment.ts'
import { onLatents } from '../mnist/on-latents.ts'
import { presentAblation } from './report.ts'
import { grid } from './settings.ts'

export const mnistAblation = sharingExperiment({
  ...onLatents,
  name: 'mnist-ablation',
  title: 'How much preconditioner is enough',
  about: 'FID against capacity and epochs of RealNVP and flow, beside compute-matched baselines (Fig. 9)',
  options: latentOptions,
  grid,
  present: presentAblation,
})
