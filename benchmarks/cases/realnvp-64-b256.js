import { realNvpStep } from '../harness/realnvp.js'

export const benchmark = realNvpStep(256)
