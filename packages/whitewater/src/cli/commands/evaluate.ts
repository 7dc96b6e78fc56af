// `whitewater evaluate`: a run's samples against held-out data, or any two files against each other.
import { sizeOf } from '@whitewater/tensor'
import { Command } from 'commander'
import { readAutoencoderConfig } from '../../runs/autoencoder-folder.ts'
import { runPaths } from '../../runs/files.ts'
import type { Dataset, DatasetOptions } from '../../data/dataset.ts'
import { dataset, datasetOptionsOf } from '../../data/registry.ts'
import { usageError } from '../../errors.ts'
import { loadDecoder } from '../../runs/decoder.ts'
import { readConfig, readModelFacts } from '../../runs/generator-folder.ts'
import { evaluateImages } from '../../metrics/evaluate-images.ts'
import { evaluateRunImages, type RunImageEvaluation } from '../../runs/evaluate-images.ts'
import { evaluateRun, MOST_SAMPLES, type EvaluateRunOptions } from '../../runs/evaluate.ts'
import { evaluateSamples } from '../../metrics/evaluate.ts'
import { withEngineOpen } from '../engine.ts'
import { evaluationText, type Measured, type Shown } from '../evaluation-text.ts'
import { withExtractor, withFeatures, type FeatureFlags } from '../features.ts'
import { flagsOf, number, numbers, whole, withEngine, withSeed, type EngineFlags } from '../options.ts'
import { print } from '../output.ts'
import { stageProgress } from '../progress.ts'
import { reportAgain } from '../../runs/reported.ts'
import { solverFlags, withSolver, type SolverFlags } from '../solver-options.ts'

interface Flags extends EngineFlags, SolverFlags, FeatureFlags {
  readonly real?: string
  readonly generated?: string
  readonly decoder?: string
  readonly samples?: number
  readonly k?: number
  readonly bandwidth?: number[]
  readonly projections?: number
  readonly pairwise?: number
  readonly seed?: number
  readonly report: boolean
}

/** The two sets of samples that `--real` and `--generated` name. */
async function loadPair({ real, generated, samples, seed = 0, dataDir }: Flags) {
  if (real === undefined || generated === undefined) {
    throw usageError('evaluate takes a run, or both --real FILE and --generated FILE')
  }
  const x = await loadData(real, { samples, seed, dataDir })
  const y = await dataset(generated, { samples, seed })
  const [d, other] = [x, y].map(({ samples: { shape } }) => sizeOf(shape.slice(1)))
  if (d !== other) {
    throw usageError(
      `${real} has ${d} features a sample, ${generated} has ${other}: compare samples of the same features`,
    )
  }
  return [x.samples, y.samples] as const
}

/** A dataset; `dataDir` is for the one that takes it, since features may need it too. */
async function loadData(source: string, { dataDir, ...options }: DatasetOptions): Promise<Dataset> {
  const taken = await datasetOptionsOf(source)
  return dataset(source, { ...options, ...(taken.includes('dataDir') && { dataDir }) })
}

async function compareFiles(flags: Flags): Promise<Shown> {
  const { features, decoder } = flags
  if (decoder !== undefined)
    throw usageError('--decoder is for a run on latents: turn a file into images by `whitewater decode`')
  const [x, y] = await loadPair(flags)
  const progress = stageProgress()
  const onProgress = progress.update
  if (features === undefined)
    return evaluateSamples(x, y, { ...flags, onProgress }).finally(() => progress.end())
  const { k, bandwidth } = flags
  return withEngineOpen(flags, (engine) =>
    withExtractor(
      features,
      flags,
      { shape: x.shape.slice(1), resolution: x.shape.at(-1) },
      engine,
      (extractor) => evaluateImages(x, y, extractor, { ...engine, k, bandwidth, onProgress }),
    ),
  ).finally(() => progress.end())
}

async function compareRun(run: string, flags: Flags): Promise<Measured> {
  const { real, generated, decoder, features, samples, dataDir, seed = 0 } = flags
  if (generated !== undefined) throw usageError('evaluate takes a run or --generated FILE, not both')
  if (decoder !== undefined && features === undefined)
    throw usageError('--decoder makes images: say in which features they are compared, with --features')
  const progress = stageProgress()
  return withEngineOpen(flags, async (engine) => {
    const { k, bandwidth, projections, pairwise } = flags
    const options: EvaluateRunOptions = {
      ...engine,
      ...solverFlags(flags),
      k,
      bandwidth,
      projections,
      pairwise,
      seed,
      samples,
      real: real === undefined ? undefined : await loadData(real, { dataDir }),
      onProgress: progress.update,
    }
    const result =
      features === undefined
        ? await evaluateRun(run, options)
        : await compareImages(run, features, flags, options)
    if (flags.report) await reportAgain(run, engine, result)
    return result
  }).finally(() => progress.end())
}

async function compareImages(
  run: string,
  features: string,
  flags: Flags,
  options: EvaluateRunOptions,
): Promise<RunImageEvaluation> {
  const { engine = {} } = options
  if (flags.decoder === undefined) {
    const { data } = await readConfig(run)
    const { features: shape } = await readModelFacts(run)
    return withExtractor(features, flags, { ...data, shape }, engine, (extractor) =>
      evaluateRunImages(run, extractor, options),
    )
  }
  const { data } = await readAutoencoderConfig(runPaths(flags.decoder).config)
  const decoder = await loadDecoder(run, flags.decoder, engine)
  return withExtractor(features, flags, { ...data, shape: decoder.image }, engine, (extractor) =>
    evaluateRunImages(run, extractor, { ...options, decoder, images: data }),
  ).finally(() => decoder.dispose())
}

async function act(run: string | undefined, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const result = run === undefined ? await compareFiles(flags) : await compareRun(run, flags)
  print(result, evaluationText(result), flags)
}

export const evaluate = (): Command =>
  withEngine(
    withSolver(
      withSeed(
        withFeatures(new Command('evaluate'))
          .description('measure samples of a run against held-out data, or one file against another')
          .argument('[run]', 'a run folder')
          .option('--real <data>', 'real samples: a file, a folder or a name')
          .option('--generated <data>', 'generated samples')
          .option('--decoder <run>', 'autoencoder that turns the samples of a run on latents into images')
          .option(
            '-n, --samples <n>',
            `samples to draw or to use of each file; for a run as many as the reference has, at most ${MOST_SAMPLES}`,
            whole(2),
          )
          .option('--k <n>', 'neighbours of precision, recall, density and coverage (default: 3)', whole(1))
          .option(
            '--bandwidth <s,...>',
            'of the RBF kernels of MMD, summed; the median heuristic unless given',
            numbers(number(0, { open: true })),
          )
          .option(
            '--projections <n>',
            'directions of the sliced Wasserstein distance (default: 128)',
            whole(1),
          )
          .option('--no-report', 'leave report.html of the run as it is')
          .option('--pairwise <n>', 'most samples of each set in metrics over all pairs', whole(2)),
      ),
    ),
  ).action(act)
