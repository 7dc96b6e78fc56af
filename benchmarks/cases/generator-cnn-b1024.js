import { generatorStep } from '../harness/generator.js'

export const benchmark = generatorStep('cnn', 1)
