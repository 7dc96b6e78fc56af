import { mlpStep } from '../harness/mlp.js'

export const benchmark = mlpStep({ name: 'mlp-3x256-b4096', width: 256, batch: 4096, stepsPerRun: 4 })
