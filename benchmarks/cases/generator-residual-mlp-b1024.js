import { generatorStep } from '../harness/generator.js'

export const benchmark = generatorStep('residual-mlp', 5)
