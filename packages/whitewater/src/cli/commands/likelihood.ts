// `whitewater likelihood`: how likely a run holds its held-out data, or any, through flow and preconditioner.
import { ndarray } from '@whitewater/tensor'
import { extname } from 'node:path'
import { writeNpy } from '../../data/files.ts'
import { dataset } from '../../data/registry.ts'
import { usageError } from '../../errors.ts'
import { traceKinds } from '../../flow/likelihood.ts'
import { solvers } from '../../flow/solvers.ts'
import { likelihoodOfRun, type RunLikelihood } from '../../runs/likelihood.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { command } from '../command.ts'
import { argument, option } from '../declare.ts'
import { engineOptions, seedOption } from '../options.ts'
import { facts } from '../output.ts'
import { number, oneOf, text, whole } from '../readers.ts'

const solverNames = solvers.map(({ name }) => name)

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

export const likelihood = command({
  name: 'likelihood',
  about: 'log-likelihood of held-out data under a run, through flow and preconditioner',
  arguments: { run: argument('a run folder') },
  options: {
    real: option('<data>', "data instead of the run's own held-out data", text),
    labels: option('<file>', 'class labels of --real, one a sample', text),
    samples: option('<n>', 'how many (default: 512)', whole(1), '-n'),
    trace: option(
      '<name>',
      `divergence of the field: ${traceKinds.join(', ')} (default: exact in few dimensions)`,
      oneOf('trace', traceKinds),
    ),
    probes: option('<n>', "of Hutchinson's estimate (default: 4)", whole(1)),
    method: option(
      '<name>',
      `ODE solver: ${solverNames.join(', ')} (default: dopri5)`,
      oneOf('solver', solverNames),
    ),
    solverSteps: option('<n>', 'steps of a fixed-step method (default: 50)', whole(1)),
    tolerance: option('<x>', 'of an adaptive method (default: 1e-5)', number(0, { open: true })),
    out: option('<file>', 'a .npy file for the likelihood of each sample, in nats', text),
    ...seedOption,
    ...engineOptions,
  },
  async run({ run }, flags, shell) {
    const { real, labels, samples, trace, probes, method, solverSteps, tolerance, seed, out } = flags
    if (labels !== undefined && real === undefined)
      throw usageError("--labels are those of --real: the run's own data has its labels, leave them out")
    if (out !== undefined && extname(out) !== '.npy')
      throw usageError(`cannot write ${out}: expected a name that ends in .npy`)
    const progress = shell.progress('samples')
    const { each, ...found } = await likelihoodOfRun(run, {
      engine: await shell.engine(flags),
      samples,
      trace,
      probes,
      method,
      steps: solverSteps,
      tolerance,
      seed,
      real: real === undefined ? undefined : await dataset(real, { labels }),
      onProgress: (done, count) => progress.update(done, count),
    })
    if (out !== undefined) await writeNpy(out, ndarray(each, [each.length]))
    return { result: { ...found, ...(out !== undefined && { out }) }, text: textOf(found, out) }
  },
})
