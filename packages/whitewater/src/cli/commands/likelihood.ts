// `whitewater likelihood`: how likely a run holds its held-out data, or any, through flow and preconditioner.
import { ndarray } from '@whitewater/tensor'
import { Command } from 'commander'
import { extname } from 'node:path'
import { writeNpy } from '../../data/files.ts'
import { dataset } from '../../data/registry.ts'
import { usageError } from '../../errors.ts'
import { traceKinds } from '../../flow/likelihood.ts'
import { solvers } from '../../flow/solvers.ts'
import { likelihoodOfRun, type RunLikelihood } from '../../runs/likelihood.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { withEngineOpen } from '../engine.ts'
import { flagsOf, number, oneOf, whole, withEngine, withSeed, type EngineFlags } from '../options.ts'
import { facts, print } from '../output.ts'
import { progressBar } from '../progress.ts'

interface Flags extends EngineFlags {
  readonly real?: string
  readonly labels?: string
  readonly samples?: number
  readonly trace?: 'exact' | 'hutchinson'
  readonly probes?: number
  readonly method?: string
  readonly solverSteps?: number
  readonly tolerance?: number
  readonly seed?: number
  readonly out?: string
}

function textOf(found: Omit<RunLikelihood, 'each'>, out: string | undefined): string {
  const { samples, reference, nats, natsError, bitsPerDimension, byClass, trace, probes } = found
  return facts({
    'log-likelihood': `${formatNumber(nats)} ± ${formatNumber(natsError, 2)} nats a sample${byClass ? ', given its class' : ''}`,
    'in bits': `${formatNumber(bitsPerDimension)} a dimension, in the units of the data`,
    of: `${formatInteger(samples)} samples (${reference})`,
    trace: trace === 'exact' ? 'exact' : `Hutchinson's, ${probes} probes`,
    terms: `${found.method}, ${formatInteger(found.evaluations)} evaluations a sample, seed ${found.seed}, step ${found.step}`,
    each: out,
  })
}

async function act(run: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const { real, labels, samples, trace, probes, method, solverSteps, tolerance, seed, out } = flags
  if (labels !== undefined && real === undefined)
    throw usageError("--labels are those of --real: the run's own data has its labels, leave them out")
  if (out !== undefined && extname(out) !== '.npy')
    throw usageError(`cannot write ${out}: expected a name that ends in .npy`)
  const progress = progressBar('samples')
  const found = await withEngineOpen(flags, async (engine) =>
    likelihoodOfRun(run, {
      ...engine,
      samples,
      trace,
      probes,
      method,
      steps: solverSteps,
      tolerance,
      seed,
      real: real === undefined ? undefined : await dataset(real, { labels }),
      onProgress: (done, count) => progress.update(done, count),
    }),
  ).finally(() => progress.end())
  const { each, ...result } = found
  if (out !== undefined) await writeNpy(out, ndarray(each, [each.length]))
  print({ ...result, ...(out !== undefined && { out }) }, textOf(result, out), flags)
}

export const likelihood = (): Command =>
  withEngine(
    withSeed(
      new Command('likelihood')
        .description('log-likelihood of held-out data under a run, through flow and preconditioner')
        .argument('<run>', 'a run folder')
        .option('--real <data>', "data instead of the run's own held-out data")
        .option('--labels <file>', 'class labels of --real, one a sample')
        .option('-n, --samples <n>', 'how many (default: 512)', whole(1))
        .option(
          '--trace <name>',
          `divergence of the field: ${traceKinds.join(', ')} (default: exact in few dimensions)`,
          oneOf('trace', traceKinds),
        )
        .option('--probes <n>', "of Hutchinson's estimate (default: 4)", whole(1))
        .option(
          '--method <name>',
          `ODE solver: ${solvers.map(({ name }) => name).join(', ')} (default: dopri5)`,
          oneOf(
            'solver',
            solvers.map(({ name }) => name),
          ),
        )
        .option('--solver-steps <n>', 'steps of a fixed-step method (default: 50)', whole(1))
        .option('--tolerance <x>', 'of an adaptive method (default: 1e-5)', number(0, { open: true }))
        .option('--out <file>', 'a .npy file for the likelihood of each sample, in nats'),
    ),
  ).action(act)
