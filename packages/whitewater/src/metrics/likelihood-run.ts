// Log-likelihood of held-out data under a run, in the terms that people compare: mean nats a sample and bits a dimension.
import { sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { bitsPerDimension } from '../flow/likelihood.ts'
import { logLikelihood, type LikelihoodOptions } from '../generator/likelihood.ts'
import { loadGenerator } from '../generator/load.ts'
import { readConfig, stepReached } from '../generator/run-folder.ts'
import { atMost, checkRunShape, referenceOf, type Reference } from './evaluate-run.ts'

export interface RunLikelihoodOptions extends CompileOptions, Omit<LikelihoodOptions, 'labels'> {
  /** Samples whose likelihood is computed, at most; 512 unless given. */
  readonly samples?: number
  /** Data instead of the run's own held-out data. */
  readonly real?: Dataset
}

export interface RunLikelihood {
  readonly run: string
  /** Training step of the weights. */
  readonly step: number
  readonly reference: Reference['reference']
  readonly samples: number
  /** Mean of ln p(x), of ln p(x | label) for a run with labels, and its standard error over the samples. */
  readonly nats: number
  readonly natsError: number
  readonly bitsPerDimension: number
  readonly trace: string
  readonly probes: number
  readonly evaluations: number
  /** Of each sample. */
  readonly each: Float64Array
}

/** @throws WhitewaterError when the folder holds no trained run, its preconditioner has no log-determinant, or the data does not fit */
export async function likelihoodOfRun(
  folder: string,
  options: RunLikelihoodOptions = {},
): Promise<RunLikelihood> {
  const { device, threads, strict, load, samples = 512, real, seed = 0, ...rest } = options
  const config = await readConfig(folder)
  const generator = await loadGenerator(folder, { device, threads, strict, load })
  try {
    const { data, reference }: Reference = real
      ? { data: atMost(real, samples, seed), reference: 'given data' }
      : await referenceOf(config, samples, seed)
    checkRunShape(folder, generator, data)
    const found = await logLikelihood(generator, data.samples, { ...rest, seed, labels: data.labels })
    const { nats: each, trace, probes, evaluations } = found
    const mean = each.reduce((sum, value) => sum + value, 0) / each.length
    const squares = each.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    return {
      ...{ run: folder, step: await stepReached(folder), reference, samples: each.length },
      nats: mean,
      natsError: Math.sqrt(squares / Math.max(1, each.length - 1) / each.length),
      bitsPerDimension: bitsPerDimension(mean, sizeOf(data.samples.shape.slice(1))),
      ...{ trace, probes, evaluations, each },
    }
  } finally {
    await generator.dispose()
  }
}
