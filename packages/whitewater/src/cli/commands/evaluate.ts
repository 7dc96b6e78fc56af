// `whitewater evaluate`: a run's samples against held-out data, or any two files against each other.
import { sizeOf } from '@whitewater/tensor'
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
import { command } from '../command.ts'
import { offSwitch, option, optionalArgument, type FlagsOf } from '../declare.ts'
import { evaluationText, type Shown } from '../evaluation-text.ts'
import { extractorFor, featureOptions } from '../features.ts'
import { engineOptions, seedOption } from '../options.ts'
import { listOf, number, text, whole } from '../readers.ts'
import type { Measured } from '../../runs/evaluation-text.ts'
import { reportAgain } from '../../runs/reported.ts'
import type { Shell } from '../shell.ts'
import { sampleOptions, solverOptions } from '../solver-options.ts'

const options = {
  ...featureOptions,
  real: option('<data>', 'real samples: a file, a folder or a name', text),
  generated: option('<data>', 'generated samples', text),
  decoder: option('<run>', 'autoencoder that turns the samples of a run on latents into images', text),
  samples: option(
    '<n>',
    `samples to draw or to use of each file; for a run as many as the reference has, at most ${MOST_SAMPLES}`,
    whole(2),
    '-n',
  ),
  k: option('<n>', 'neighbours of precision, recall, density and coverage (default: 3)', whole(1)),
  bandwidth: option(
    '<s,...>',
    'of the RBF kernels of MMD, summed; the median heuristic unless given',
    listOf(number(0, { open: true })),
  ),
  projections: option('<n>', 'directions of the sliced Wasserstein distance (default: 128)', whole(1)),
  report: offSwitch('leave report.html of the run as it is'),
  pairwise: option('<n>', 'most samples of each set in metrics over all pairs', whole(2)),
  ...seedOption,
  ...solverOptions,
  ...engineOptions,
}

type Flags = FlagsOf<typeof options>

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

async function compareFiles(flags: Flags, shell: Shell): Promise<Shown> {
  const { features, decoder, k, bandwidth } = flags
  if (decoder !== undefined)
    throw usageError('--decoder is for a run on latents: turn a file into images by `whitewater decode`')
  const [x, y] = await loadPair(flags)
  const onProgress = shell.stages().update
  const engine = await shell.engine(flags)
  if (features === undefined) {
    const { projections, seed, pairwise } = flags
    return evaluateSamples(x, y, { engine, k, bandwidth, projections, seed, pairwise, onProgress })
  }
  const images = { shape: x.shape.slice(1), resolution: x.shape.at(-1) }
  const extractor = await extractorFor(features, flags, images, shell)
  return evaluateImages(x, y, extractor, { engine, k, bandwidth, onProgress })
}

async function compareRun(run: string, flags: Flags, shell: Shell): Promise<Measured> {
  const { real, generated, decoder, features, samples, dataDir, seed = 0 } = flags
  if (generated !== undefined) throw usageError('evaluate takes a run or --generated FILE, not both')
  if (decoder !== undefined && features === undefined)
    throw usageError('--decoder makes images: say in which features they are compared, with --features')
  const { update: onProgress } = shell.stages()
  const engine = await shell.engine(flags)
  const { k, bandwidth, projections, pairwise } = flags
  const choices: EvaluateRunOptions = {
    engine,
    ...sampleOptions(flags),
    k,
    bandwidth,
    projections,
    pairwise,
    seed,
    samples,
    real: real === undefined ? undefined : await loadData(real, { dataDir }),
    onProgress,
  }
  const result =
    features === undefined
      ? await evaluateRun(run, choices)
      : await compareImages(run, features, flags, choices, shell)
  if (flags.report) await reportAgain(run, engine, result)
  return result
}

async function compareImages(
  run: string,
  features: string,
  flags: Flags,
  choices: EvaluateRunOptions,
  shell: Shell,
): Promise<RunImageEvaluation> {
  if (flags.decoder === undefined) {
    const { data } = await readConfig(run)
    const { features: shape } = await readModelFacts(run)
    return evaluateRunImages(run, await extractorFor(features, flags, { ...data, shape }, shell), choices)
  }
  const { data } = await readAutoencoderConfig(runPaths(flags.decoder).config)
  const decoder = shell.own(await loadDecoder(run, flags.decoder, await shell.engine(flags)))
  const extractor = await extractorFor(features, flags, { ...data, shape: decoder.image }, shell)
  return evaluateRunImages(run, extractor, { ...choices, decoder, images: data })
}

export const evaluate = command({
  name: 'evaluate',
  about: 'measure samples of a run against held-out data, or one file against another',
  arguments: { run: optionalArgument('a run folder', text) },
  options,
  async run({ run }, flags, shell) {
    const result = run === undefined ? await compareFiles(flags, shell) : await compareRun(run, flags, shell)
    return { result, text: evaluationText(result) }
  },
})
