// What everything in a diagnosis begins with: one pass over the data for its mean and covariance, and one eigendecomposition.
import { runningMomentsOf, type SampleBlocks } from '../../data/sample-blocks.ts'
import { failureError } from '../../errors.ts'
import { finishMoments } from '../../linalg/streaming.ts'
import { eigenOf } from '../../linalg/symmetric.ts'
import { dataMoments, type DataMoments } from '../../precondition/linear/moments.ts'
import { probeOf, through, type Probe } from './passes.ts'
import type { DiagnoseOptions } from './result.ts'
import type { Stopwatch } from './stages.ts'

export interface FirstPass {
  /** What linear preconditioners are fitted to; its eigendecomposition is there already. */
  readonly moments: DataMoments
  /** Covariance eigenvalues, descending; rounding below 0 counts as 0. */
  readonly spectrum: Float64Array
  /** What decomposed the covariance. */
  readonly solverName: string
  /** Samples that round trips are measured on. */
  readonly probe: Probe
}

const MOST_PROBES = 2048

/** @throws WhitewaterError (failure) when all features are constant */
export async function firstPass(
  data: SampleBlocks,
  watch: Stopwatch,
  { solver, engine }: DiagnoseOptions,
): Promise<FirstPass> {
  const features = data.shape.slice(1)
  const probe = probeOf(data, MOST_PROBES)
  const { mean, covariance } = await watch.stage('covariance', async (count) => {
    const probed = through(data, probe.taking(count(data)))
    return finishMoments(await runningMomentsOf(probed, engine))
  })
  if (covariance.data.every((value) => value === 0)) {
    throw failureError(`${data.name}: all features are constant, there is nothing to learn`)
  }
  const eigen = await watch.stage('eigendecomposition', () => eigenOf(covariance, { solver }))
  return {
    moments: dataMoments({ name: data.name, features, mean, covariance }, () => eigen),
    spectrum: eigen.values.map((value) => Math.max(0, value)),
    solverName: eigen.solverName,
    probe,
  }
}
