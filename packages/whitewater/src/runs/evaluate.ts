// A run's samples against data it was not trained on, where there is such data.
import { sameShape, type NdArray } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { dataset, datasetNames, datasetOptionsOf } from '../data/registry.ts'
import { randomSubset } from '../data/subset.ts'
import { usageError, WhitewaterError } from '../errors.ts'
import type { RunConfig } from '../generator/config.ts'
import type { SolveOptions } from '../generator/field-solvers.ts'
import { stepReached, writeEvaluation } from './files.ts'
import { readConfig } from './generator-folder.ts'
import type { Generator } from '../generator/generator.ts'
import { loadGenerator } from './load-generator.ts'
import { evaluateSamples, type EvaluateOptions, type Evaluation } from '../metrics/evaluate.ts'

/** Most samples that are drawn, and most of the reference that are used, unless asked for otherwise. */
export const MOST_SAMPLES = 10_000

export interface EvaluateRunOptions extends Omit<EvaluateOptions, 'onProgress'>, SolveOptions {
  /** How many samples to draw: as many as the reference has, at most 10,000, unless given. */
  readonly samples?: number
  /** Data to compare with instead of the run's own. */
  readonly real?: Dataset
  readonly onProgress?: (stage: string, done?: number, total?: number) => void | Promise<void>
}

/** How the samples of a run were made, and what they were compared with. */
export interface RunTerms {
  readonly run: string
  /** Training step of the weights (their moving average). */
  readonly step: number
  readonly reference: 'test split' | 'fresh samples' | 'training data' | 'given data'
  readonly method: string
  readonly guidance: number
  /** Evaluations of the field for one sample. */
  readonly evaluations: number
  /** Preconditioner network evaluations for one sample; 0 where it has none. */
  readonly preconditionerEvaluations: number
}

export interface RunEvaluation extends Evaluation, RunTerms {}

/** What samples are compared with. */
export interface Reference {
  readonly data: Dataset
  readonly reference: RunTerms['reference']
}

export const atMost = (data: Dataset, count: number, seed: number): Dataset =>
  data.samples.shape[0] > count ? randomSubset(data, count, seed) : data

/** Held-out data where the source has a test split; generated data drawn afresh; else what the run was trained on. */
export async function referenceOf(
  config: Pick<RunConfig, 'data'>,
  count: number,
  seed: number,
): Promise<Reference> {
  const { source, ...options } = config.data
  const taken = await datasetOptionsOf(source)
  // What neither reads a file nor downloads one can be drawn again.
  if (datasetNames.includes(source) && !taken.includes('dataDir')) {
    const data = await dataset(source, { ...options, samples: count, split: 'test' })
    return { data, reference: 'fresh samples' }
  }
  if (taken.includes('split') && options.split !== 'test') {
    const test = await dataset(source, { ...options, samples: undefined, split: 'test' }).catch(
      (error: unknown) => {
        // Without a test split there is only what it was trained on; a damaged one is for its owner to know.
        if (error instanceof WhitewaterError && error.kind === 'usage') return undefined
        throw error
      },
    )
    if (test) return { data: atMost(test, count, seed), reference: 'test split' }
  }
  return { data: atMost(await dataset(source, options), count, seed), reference: 'training data' }
}

/** @throws WhitewaterError (usage) for data of another shape than the run generates */
export function checkRunShape(folder: string, { parts: { features } }: Generator, data: Dataset): void {
  const given = data.samples.shape.slice(1)
  if (sameShape(given, features)) return
  throw usageError(
    `${folder} generates samples of shape [${features.join(', ')}], ${data.name} has [${given.join(', ')}]: compare with data of the run's shape`,
  )
}

/** Samples of a run as many as asked for, else as the reference has, and the terms that they were drawn under. */
export async function drawSamples(
  folder: string,
  generator: Generator,
  reference: number,
  { seed = 0, method, steps, tolerance, guidance, diffusion, onProgress, ...options }: EvaluateRunOptions,
): Promise<{ samples: NdArray<Float32Array>; terms: Omit<RunTerms, 'reference'> }> {
  const { samples, evaluations, preconditionerEvaluations } = await generator.generate(
    options.samples ?? reference,
    {
      seed,
      method,
      steps,
      tolerance,
      guidance,
      diffusion,
      onProgress: (done, total) => void onProgress?.('samples', done, total),
    },
  )
  const terms = {
    run: folder,
    step: await stepReached(folder),
    method: method ?? 'heun',
    guidance: guidance ?? 0,
    evaluations,
    preconditionerEvaluations,
  }
  return { samples, terms }
}

/**
 * Draws samples of a run, compares them with reference data and writes `evaluation.json` into the run's folder.
 * @throws WhitewaterError when the folder holds no trained run, or the data has another shape than the run
 */
export async function evaluateRun(folder: string, options: EvaluateRunOptions = {}): Promise<RunEvaluation> {
  const { engine = {}, seed = 0 } = options
  const config = await readConfig(folder)
  const generator = await loadGenerator(folder, engine)
  try {
    const count = options.samples ?? MOST_SAMPLES
    const { data, reference }: Reference = options.real
      ? { data: atMost(options.real, count, seed), reference: 'given data' }
      : await referenceOf(config, count, seed)
    checkRunShape(folder, generator, data)
    const { samples, terms } = await drawSamples(folder, generator, data.samples.shape[0], options)
    const metrics = await evaluateSamples(data.samples, samples, { ...options, seed })
    const result: RunEvaluation = { ...metrics, ...terms, reference }
    await writeEvaluation(folder, result)
    return result
  } finally {
    await generator.dispose()
  }
}
