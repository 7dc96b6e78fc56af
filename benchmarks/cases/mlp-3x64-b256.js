import { mlpStep } from '../harness/mlp.js'

export const benchmark = mlpStep({ name: 'mlp-3x64-b256', width: 64, batch: 256, stepsPerRun: 100 })
