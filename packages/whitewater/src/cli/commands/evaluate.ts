// `whitewater evaluate`: a run's samples against held-out data, or any two files against each other.
import { sizeOf } from '@whitewater/tensor'
import { Command } from 'commander'
import { dataset } from '../../data/registry.ts'
import { usageError } from '../../errors.ts'
import { evaluateRun, MOST_SAMPLES, type RunEvaluation } from '../../metrics/evaluate-run.ts'
import { evaluateSamples, metricLabels, metricNames, type Evaluation } from '../../metrics/evaluate.ts'
import { formatInteger, formatNumber } from '../../report/number.ts'
import { withEngineOpen } from '../engine.ts'
import { flagsOf, number, numbers, whole, withEngine, withSeed, type EngineFlags } from '../options.ts'
import { facts, print } from '../output.ts'
import { progressBar } from '../progress.ts'
import { reportAgain } from '../run-report.ts'
import { evaluationsText, solverFlags, withSolver, type SolverFlags } from '../solver-options.ts'

interface Flags extends EngineFlags, SolverFlags {
  readonly real?: string
  readonly generated?: string
  readonly samples?: number
  readonly k?: number
  readonly bandwidth?: number[]
  readonly projections?: number
  readonly pairwise?: number
  readonly seed?: number
  readonly report: boolean
}

type Shown = Evaluation & Partial<RunEvaluation>

/** How the samples of a run were drawn. */
function samplerOf({ method, guidance, ...cost }: Shown): string | undefined {
  if (method === undefined) return undefined
  return `${method}, ${evaluationsText(cost)}${guidance ? `, guidance ${guidance}` : ''}`
}

/** What the numbers depend on. */
function termsOf(result: Shown): Record<string, string | undefined> {
  const { samples, realSamples, dimension, reference, step } = result
  const [real, generated] = result.pairwiseSamples
  const bandwidth = result.bandwidth.map((s) => formatNumber(s)).join(', ')
  const all = real === realSamples && generated === samples
  return {
    samples: `${formatInteger(samples)} generated, ${formatInteger(realSamples)} real${reference ? ` (${reference})` : ''}, ${dimension} dimensions`,
    pairs: all
      ? undefined
      : `${formatInteger(generated)} generated, ${formatInteger(real)} real, at random, in all but Frechet and sliced W2`,
    sampler: samplerOf(result),
    terms: `k ${result.k}, bandwidth ${bandwidth}, seed ${result.seed}${step === undefined ? '' : `, step ${step}`}`,
  }
}

function evaluationText(result: Shown): string {
  const values: Record<string, string | undefined> = {}
  for (const name of metricNames) values[metricLabels[name]] = formatNumber(result[name])
  return facts({ ...values, ...termsOf(result) })
}

async function compareFiles(flags: Flags): Promise<Evaluation> {
  const { real, generated, samples, seed = 0 } = flags
  if (real === undefined || generated === undefined) {
    throw usageError('evaluate takes a run, or both --real FILE and --generated FILE')
  }
  const progress = progressBar('metrics')
  const [x, y] = [await dataset(real, { samples, seed }), await dataset(generated, { samples, seed })]
  const [d, other] = [x, y].map(({ samples: { shape } }) => sizeOf(shape.slice(1)))
  if (d !== other) {
    throw usageError(
      `${real} has ${d} features a sample, ${generated} has ${other}: compare samples of the same features`,
    )
  }
  const onProgress = (metric: string) => progress.say(`computing ${metric}`)
  return evaluateSamples(x.samples, y.samples, { ...flags, onProgress }).finally(() => progress.end())
}

async function compareRun(run: string, flags: Flags) {
  const { real, generated, samples, seed = 0 } = flags
  if (generated !== undefined) throw usageError('evaluate takes a run or --generated FILE, not both')
  const progress = progressBar('samples')
  return withEngineOpen(flags, async (engine) => {
    const { k, bandwidth, projections, pairwise } = flags
    const result = await evaluateRun(run, {
      ...engine,
      ...solverFlags(flags),
      ...{ k, bandwidth, projections, pairwise, seed, samples },
      real: real === undefined ? undefined : await dataset(real),
      onProgress(stage, done, total) {
        if (done === undefined || total === undefined) progress.say(`computing ${stage}`)
        else progress.update(done, total)
      },
    })
    if (flags.report) await reportAgain(run, engine, result)
    return result
  }).finally(() => progress.end())
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
        new Command('evaluate')
          .description('measure samples of a run against held-out data, or one file against another')
          .argument('[run]', 'a run folder')
          .option('--real <data>', 'real samples: a file, a folder or a name')
          .option('--generated <data>', 'generated samples')
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
