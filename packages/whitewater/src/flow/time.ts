// How training times t in [0, 1] are drawn, one a sample.
import type { RandomStream } from '@whitewater/tensor'
import { usageError } from '../errors.ts'

export interface TimeSampling {
  readonly name: string
  /** `count` times in [0, 1], float32. */
  readonly sample: (stream: RandomStream, count: number) => Float32Array
}

/** t uniform on [0, 1): the expectation of Eq. 2. */
export const uniformTime: TimeSampling = {
  name: 'uniform',
  sample: (stream, count) => stream.uniform(count),
}

/**
 * logit(t) normal with the given mean and standard deviation: more training where prediction is hard, in the middle of
 * the path (Esser et al. 2024). Throws a WhitewaterError unless the standard deviation is positive.
 */
export function logitNormalTime({ mean = 0, std = 1 } = {}): TimeSampling {
  if (!Number.isFinite(mean) || !(std > 0 && std < Infinity)) {
    throw usageError(
      `logit-normal times with mean ${mean} and std ${std}: expected a finite mean and a positive std`,
    )
  }
  return {
    name: `logit-normal(${mean}, ${std})`,
    sample: (stream, count) => stream.normal(count).map((z) => 1 / (1 + Math.exp(-(mean + std * z)))),
  }
}
