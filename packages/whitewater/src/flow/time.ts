// How training times t in [0, 1] are drawn, one a sample.
import type { RandomStream } from '@whitewater/tensor'
import { z } from 'zod'
import { usageError } from '../errors.ts'
import { madeOf, namedKind, namesOf, textsOf, type Choice } from '../kinds/named-kind.ts'

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

/**
 * t = u + s (cos^2(pi u / 2) - 1 + u) for uniform u: for s > 0 the middle of the path is drawn most, and unlike `logit-normal`
 * the ends keep a positive density (Esser et al. 2024, Eq. 20, in reversed time; 1.29 there).
 * @throws WhitewaterError (usage) unless s is in [-1, 2 / (pi - 2)], where the map is monotone
 */
export function modeTime({ scale = 1.29 }: { readonly scale?: number } = {}): TimeSampling {
  if (!(scale >= -1 && scale <= 2 / (Math.PI - 2)))
    throw usageError(`mode times have scale ${scale}, expected a number in [-1, ${2 / (Math.PI - 2)}]`)
  return {
    name: `mode(${scale})`,
    sample: (stream, count) =>
      stream.uniform(count).map((u) => u + scale * (Math.cos((Math.PI / 2) * u) ** 2 - 1 + u)),
  }
}

/**
 * Karras et al.'s (2022) noise levels ln s ~ N(mean, std^2) for data of standard deviation `dataStd`, on the linear path, where
 * the noise is (1 - t) / t times the data's: t = dataStd / (dataStd + s). Theirs are -1.2, 1.2 and 0.5.
 * @throws WhitewaterError (usage) unless both standard deviations are positive
 */
export function edmTime({ mean = -1.2, std = 1.2, dataStd = 0.5 } = {}): TimeSampling {
  if (!(dataStd > 0 && dataStd < Infinity))
    throw usageError(`edm times for data of standard deviation ${dataStd}: expected a positive number`)
  const { sample } = logitNormalTime({ mean: Math.log(dataStd) - mean, std })
  return { name: `edm-lognormal(${mean}, ${std}, ${dataStd})`, sample }
}

const kinds = [
  namedKind({ name: 'uniform', about: 'every t alike (Eq. 2)', options: {}, make: () => uniformTime }),
  namedKind({
    name: 'logit-normal',
    about: 'the middle of the path most, its ends never',
    options: {
      mean: z.number().optional().describe('of logit t; above 0 is nearer the data; 0 unless given'),
      std: z.number().positive().optional().describe('of logit t; 1 unless given'),
    },
    make: logitNormalTime,
  }),
  namedKind({
    name: 'mode',
    about: 'the middle of the path most, its ends too',
    options: { scale: z.number().optional().describe('how much, -1 to 1.75; 1.29 unless given') },
    make: modeTime,
  }),
  namedKind({
    name: 'edm-lognormal',
    about: "Karras et al.'s noise levels, on the linear path",
    options: {
      mean: z.number().optional().describe('of the log noise level; -1.2 unless given'),
      std: z.number().positive().optional().describe('of the log noise level; 1.2 unless given'),
      dataStd: z.number().positive().optional().describe('of the data meant; 0.5 unless given'),
    },
    make: edmTime,
  }),
]

export const timeKinds: readonly string[] = namesOf(kinds)
export const timeTexts = textsOf(kinds)

/**
 * `timeSamplingNamed({ kind: 'logit-normal', std: 0.8 })`.
 * @throws WhitewaterError (usage) for a kind or an option that there is not
 */
export const timeSamplingNamed = (choice: Choice): TimeSampling => madeOf('time sampling', kinds, choice)
