// One controlled comparison: the same data, network and steps under one preconditioner, and what came out.
import type { CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { firstSamples } from '../../data/subset.ts'
import type { FieldNetwork } from '../../nn/network.ts'
import type { Preconditioner, Samples } from '../../precondition/preconditioner.ts'
import type { Progress } from '../../training/loop.ts'
import { train } from '../../runs/run.ts'
import { lowEigenvalueRecovery } from '../../metrics/low-eigenvalue.ts'
import { mmd } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { solverAt, TOLERANCE } from './observe.ts'
import { largestKappa, pathKappa, type PathPoint } from '../../metrics/path-kappa.ts'

export interface Setting {
  readonly data: Dataset
  /** Fresh samples of the same distribution, never trained on. */
  readonly reference: Dataset
  readonly preconditioner: Preconditioner
  readonly field: FieldNetwork
  readonly steps: number
  readonly batch: number
  readonly seed: number
  readonly engine?: CompileOptions
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** One line of a comparison's summary. */
export interface Row {
  readonly dataset: string
  readonly preconditioner: string
  readonly parameters: number
  readonly steps: number
  /** Wall time of fitting, training and sampling. */
  readonly seconds: number
  /** Largest kappa(S_t) over the path that the flow is trained on (Eq. 13, S + 1e-6 I). */
  readonly kappa: number
  /** Unbiased MMD^2, RBF with the median heuristic, on the first 2000 samples of each side. */
  readonly mmd: number
  readonly slicedWasserstein: number
  /** Mean relative error of the variance along the lowest quarter of the data's eigen-directions. */
  readonly lowEigenvalueError: number
  /** Smallest eigenvalue of the generated covariance over that of the reference. */
  readonly smallestEigenvalueRatio: number
}

export interface Comparison {
  readonly row: Row
  readonly losses: readonly { readonly step: number; readonly loss: number }[]
  readonly path: readonly PathPoint[]
  readonly samples: Samples
}

/** Trains once and measures against the reference; as many samples are drawn as the reference has. */
export async function compare(setting: Setting): Promise<Comparison> {
  const { data, reference, preconditioner, field, steps, batch, seed, engine, signal } = setting
  const losses: { step: number; loss: number }[] = []
  const start = performance.now()
  const generator = await train({
    data,
    preconditioner,
    field,
    steps,
    batch,
    seed,
    engine,
    hooks: {
      signal,
      onProgress(progress) {
        losses.push({ step: progress.step, loss: progress.loss })
        setting.onProgress?.(progress)
      },
    },
  })
  signal?.throwIfAborted()
  const real = reference.samples
  const samples = await generator.sample(real.shape[0], {
    ...solverAt(TOLERANCE),
    seed: seed + 1,
  })
  const seconds = (performance.now() - start) / 1000
  const path = await pathKappa(await generator.parts.preconditioner.transform(data.samples, data.labels))
  await generator.dispose()
  const low = lowEigenvalueRecovery(real, samples)
  return {
    losses,
    path,
    samples,
    row: {
      dataset: data.name,
      preconditioner: preconditioner.kind,
      parameters: generator.parts.weights.length,
      steps,
      seconds,
      kappa: largestKappa(path),
      mmd: mmd(firstSamples(real, 2000), firstSamples(samples, 2000)),
      slicedWasserstein: slicedWasserstein(real, samples, { seed }).w2,
      lowEigenvalueError: low.relativeError,
      smallestEigenvalueRatio: low.smallestEigenvalueRatio,
    },
  }
}
