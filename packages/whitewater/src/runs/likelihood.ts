// Log-likelihood of held-out data under a run, in the terms that people compare: mean nats a sample and bits a dimension.
import { sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { usageError } from '../errors.ts'
import { bitsPerDimension } from '../flow/likelihood.ts'
import type { Generator } from '../generator/generator.ts'
import { classesOf } from '../generator/labels.ts'
import { logLikelihood, type LikelihoodOptions } from '../generator/likelihood.ts'
import { loadGenerator } from './load-generator.ts'
import { stepReached } from './files.ts'
import { readConfig } from './generator-folder.ts'
import { atMost, checkRunShape, referenceOf, type Reference } from './evaluate.ts'

export interface RunLikelihoodOptions extends Omit<LikelihoodOptions, 'labels'> {
  readonly engine?: CompileOptions
  /** Samples whose likelihood is computed, at most; 512 unless given. */
  readonly samples?: number
  /** Data instead of the run's own held-out data; with labels where the run has classes. */
  readonly real?: Dataset
}

export interface RunLikelihood {
  readonly run: string
  /** Training step of the weights. */
  readonly step: number
  readonly reference: Reference['reference']
  readonly samples: number
  /** Mean of ln p(x), or of ln p(x | class), in the units of the data. */
  readonly nats: number
  /** Its standard error over the samples. */
  readonly natsError: number
  readonly bitsPerDimension: number
  /** Whether it is that given the class of each sample. */
  readonly byClass: boolean
  readonly method: string
  readonly seed: number
  readonly trace: string
  readonly probes: number
  readonly evaluations: number
  /** Log-likelihood of each sample, in nats. */
  readonly each: Float64Array
}

/** The classes that the run wants to know; none where it has none. @throws WhitewaterError (usage) where the data has no labels */
function labelsFor(folder: string, { parts }: Generator, { name, labels }: Dataset): Int32Array | undefined {
  const classes = classesOf(parts)
  if (classes === undefined) return undefined
  if (labels) return labels
  throw usageError(
    `${folder} was trained on ${classes} classes, and ${name} has no labels: give the class of each sample by --labels`,
  )
}

/** @throws WhitewaterError when the folder holds no trained run, its preconditioner has no log-determinant, or the data does not fit */
export async function likelihoodOfRun(
  folder: string,
  options: RunLikelihoodOptions = {},
): Promise<RunLikelihood> {
  const { engine, samples = 512, real, seed = 0, ...rest } = options
  const config = await readConfig(folder)
  const generator = await loadGenerator(folder, engine)
  try {
    const { data, reference }: Reference = real
      ? { data: atMost(real, samples, seed), reference: 'given data' }
      : await referenceOf(config, samples, seed)
    checkRunShape(folder, generator, data)
    const labels = labelsFor(folder, generator, data)
    const found = await logLikelihood(generator, data.samples, { ...rest, seed, labels })
    const { nats: each, trace, probes, evaluations } = found
    const mean = each.reduce((sum, value) => sum + value, 0) / each.length
    const squares = each.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    return {
      run: folder,
      step: await stepReached(folder),
      reference,
      samples: each.length,
      nats: mean,
      natsError: Math.sqrt(squares / Math.max(1, each.length - 1) / each.length),
      bitsPerDimension: bitsPerDimension(mean, sizeOf(data.samples.shape.slice(1))),
      byClass: labels !== undefined,
      method: rest.method ?? 'dopri5',
      seed,
      trace,
      probes,
      evaluations,
      each,
    }
  } finally {
    await generator.dispose()
  }
}
