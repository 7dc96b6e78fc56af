// Real samples whose own pairs are computed once, to compare any number of generated sets with.
import type { CompileOptions } from '@whitewater/tensor'
import { mean, type Samples } from '../../linalg/covariance.ts'
import { discrepancyOfSums, type Discrepancy } from '../discrepancy.ts'
import { requireNeighbours, type ManifoldMetrics } from '../manifold.ts'
import { requireSameFeatures } from '../samples.ts'
import { once } from './once.ts'
import { pairPrograms, type PairSettings } from './pair-programs.ts'
import { acrossPairs, ownPairs, type OwnPairs, type PassOptions } from './passes.ts'

export interface PairMetrics {
  readonly manifold: ManifoldMetrics
  /** Under the sum of the Gaussian kernels. */
  readonly mmd: Discrepancy
  /** Under (a.b / d + 1)^3. */
  readonly kid: Discrepancy
}

export interface PairReference {
  /**
   * Everything that takes all pairs; (n m + m^2 / 2) d multiply-adds, and n^2 d / 2 once.
   * @throws WhitewaterError (usage) for other features than the real samples' or k not below either size; the signal's reason
   *   when it is aborted
   */
  compare(generated: Samples): Promise<PairMetrics>
  dispose(): Promise<void>
}

export interface PairOptions extends PassOptions {
  readonly engine?: CompileOptions
}

/** Nothing is computed before the first comparison. */
export function pairReference(
  real: Samples,
  settings: PairSettings,
  { engine, signal, onProgress }: PairOptions = {},
): PairReference {
  const programs = pairPrograms(settings, engine)
  const passes = { programs, settings, centre: mean(real), signal, onProgress }
  const ownOf = (samples: Samples, whose: string): Promise<OwnPairs> =>
    ownPairs(samples, `pairs of ${whose} samples`, passes)
  const ownOfReal = once(() => ownOf(real, 'real'))
  const compare = async (generated: Samples): Promise<PairMetrics> => {
    requireSameFeatures(real, generated)
    for (const { n } of [real, generated]) requireNeighbours(settings.k, n)
    const xx = await ownOfReal()
    const yy = await ownOf(generated, 'generated')
    const xy = await acrossPairs(
      { samples: real, reach: xx.reach },
      { samples: generated, reach: yy.reach },
      'real against generated samples',
      passes,
    )
    const under = (kernel: 'gaussian' | 'polynomial'): Discrepancy =>
      discrepancyOfSums([xx[kernel], real.n], [yy[kernel], generated.n], xy[kernel])
    return { manifold: xy.manifold, mmd: under('gaussian'), kid: under('polynomial') }
  }
  return { compare, dispose: () => programs.dispose() }
}
