// What the residual is tried on: controlled problems that make one thing hard each, or data of the user's choice.
import { ndarray } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { randomSubset, split } from '../../data/subset.ts'
import { randomRotation, spectrum } from '../../data/toy/rotation.ts'
import { distributionStream, sampleStream } from '../../data/toy/streams.ts'
import { loadSource, type Source } from '../../data/source.ts'

/** A Gaussian is all there is to know; classes that each have a Gaussian; nothing Gaussian about the widest directions. */
export const problems = ['gaussian', 'mixture', 'embedded-roll'] as const

const ROLL = { dimension: 8, conditionNumber: 1e4 }

/**
 * A Swiss roll of unit variance in the two widest of eight directions, Gaussian noise of geometrically falling variance in the others, in
 * rotated axes: ill-conditioned, and its Gaussian says nothing of its winding.
 */
async function embeddedRoll(samples: number, seed: number): Promise<Dataset> {
  const { dimension: d, conditionNumber } = ROLL
  const roll = (await dataset('swiss-roll', { samples, seed })).samples.data
  const noise = sampleStream('embedded-roll', { seed }).normal(samples * (d - 2))
  const { data: axes } = randomRotation(d, distributionStream('embedded-roll', { seed }))
  const deviations = spectrum(d - 1, conditionNumber).map(Math.sqrt)
  const data = new Float32Array(samples * d)
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < d; j++) {
      const along = j < 2 ? 1.5 * roll[2 * i + j] : deviations[j - 1] * noise[i * (d - 2) + j - 2]
      for (let k = 0; k < d; k++) data[i * d + k] += along * axes[j * d + k]
    }
  }
  return { name: 'embedded-roll', samples: ndarray(data, [samples, d]) }
}

function allOf(problem: string, samples: number, seed: number, source: Source | undefined): Promise<Dataset> {
  if (source) return loadSource(source)
  if (problem === 'embedded-roll') return embeddedRoll(samples, seed)
  return problem === 'gaussian'
    ? dataset('gaussian', { dimension: 8, conditionNumber: 1e4, samples, seed })
    : dataset('mixture', { components: 5, dimension: 4, conditionNumber: 1e3, samples, seed })
}

export interface Problem {
  readonly data: Dataset
  /** Held out, in two halves. */
  readonly held: readonly [Dataset, Dataset]
}

/** Training data and two sets of `measured` held-out samples; fewer where the user's data has not enough. */
export async function problemOf(
  problem: string,
  {
    samples,
    measured,
    seed,
    source,
  }: {
    readonly samples: number
    readonly measured: number
    readonly seed: number
    readonly source?: Source
  },
): Promise<Problem> {
  const wanted = samples + 2 * measured
  const all = await allOf(problem, wanted, seed, source)
  const [available] = all.samples.shape
  const pool = available > wanted ? randomSubset(all, wanted, seed) : all
  const share = (2 * measured) / wanted
  const [held, data] = split(pool, share, seed)
  return { data, held: split(held, 0.5, seed + 1) }
}
