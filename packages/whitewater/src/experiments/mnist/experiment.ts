// Latent MNIST (Table 1, Fig. 8a, 10): what each preconditioner, and each known part of the velocity, does to the quality of generated
// digits, at equal steps and at equal time.
import { sharingExperiment } from '../runner/experiment.ts'
import { onLatents } from './on-latents.ts'
import { tableOptions } from './options.ts'
import { presentMnist } from './report.ts'
import { grid } from './settings.ts'

export const mnist = sharingExperiment({
  ...onLatents,
  name: 'mnist',
  title: 'Latent MNIST under each preconditioner',
  about: 'FID and MMD of generated digits, at equal steps and at equal time (Table 1, Fig. 8a, 10)',
  options: tableOptions,
  grid,
  present: presentMnist,
})
