// `whitewater precondition fit`: fits a preconditioner, from a file in blocks where it is too large to hold, and says what came of it.
import { openBlocks } from '../../data/registry.ts'
import { blocksOf, type SampleBlocks } from '../../data/sample-blocks.ts'
import { dataset } from '../../data/registry.ts'
import { withComponents } from '../../precondition/chain.ts'
import {
  roundTripError,
  type FittedPreconditioner,
  type FitOptions,
  type Preconditioner,
  type Settings,
} from '../../precondition/preconditioner.ts'
import { savePreconditioner } from '../../precondition/folder.ts'
import { checkPreconditioner, preconditioner, preconditionerKinds } from '../../precondition/registry.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { command } from '../command.ts'
import { argument, option, requiredOption } from '../declare.ts'
import { dataOptions, datasetOptions, engineOptions, seedOption, type DataFlags } from '../options.ts'
import { facts } from '../output.ts'
import type { ProgressBar } from '../progress.ts'
import { number, text } from '../readers.ts'
import { collectSettings } from '../settings.ts'

/** Samples that the round trip is measured on. */
const PROBES = 2048

/** The same samples, saying how many have been read. */
function counted(data: SampleBlocks, progress: ProgressBar): SampleBlocks {
  const [count] = data.shape
  return {
    ...data,
    async *blocks(rows) {
      let done = 0
      for await (const block of data.blocks(rows)) {
        yield block
        done += block.shape[0]
        progress.say(`${formatInteger(done)} of ${formatInteger(count)} samples`)
      }
    },
  }
}

async function errorOf(fitted: FittedPreconditioner, data: SampleBlocks): Promise<number> {
  for await (const samples of data.blocks(PROBES)) {
    const first = { ...data, samples, labels: data.labels?.subarray(0, samples.shape[0]) }
    const { labels } = await withComponents(fitted, first)
    return roundTripError(fitted, samples, labels, PROBES)
  }
  return NaN
}

interface Fitted {
  readonly fitted: FittedPreconditioner
  readonly data: SampleBlocks
}

async function fitTo(
  source: string,
  maker: Preconditioner,
  flags: DataFlags,
  options: FitOptions,
  progress: ProgressBar,
): Promise<Fitted> {
  const choice = { seed: options.seed, ...datasetOptions(flags) }
  if (maker.fitBlocks) {
    const data = await openBlocks(source, choice)
    return { data, fitted: await maker.fitBlocks(counted(data, progress), options) }
  }
  const data = await dataset(source, choice)
  return { data: blocksOf(data), fitted: await maker.fit(data, options) }
}

const texts = (description: Settings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(description).map(([name, value]) => [
      name,
      String(typeof value === 'number' ? Number(value.toPrecision(5)) : value),
    ]),
  )

export const fit = command({
  name: 'fit',
  about: 'fit a preconditioner to data',
  arguments: { data: argument('a file, a folder or a name') },
  options: {
    kind: requiredOption(
      '<name>',
      `${preconditionerKinds.join(', ')}; class-NAME fits one a class, A+B one after the other`,
      checkPreconditioner,
    ),
    out: requiredOption('<folder>', 'where it is kept', text),
    floor: option('<share>', 'variances below this share of the largest are raised to it', number(0)),
    set: option(
      '<name=value>',
      'any other option of the kind, as often as needed: shrinkage=ledoit-wolf, rank=64, 1.width=128',
      collectSettings,
    ),
    ...seedOption,
    ...engineOptions,
    ...dataOptions,
  },
  interruption: { stopping: 'stopping after this step', ends: 'interrupted; nothing was written' },
  async run({ data: source }, flags, shell) {
    const { kind, out, floor, set, seed = 0 } = flags
    const progress = shell.progress('steps')
    const engine = await shell.engine(flags)
    const maker = preconditioner(kind, { ...set, ...(floor !== undefined && { floor }) })
    const options: FitOptions = {
      engine,
      seed,
      signal: shell.signal,
      onProgress({ kind: part, step, steps, loss }) {
        progress.update(step, steps, `${part}${loss === undefined ? '' : `, loss ${formatNumber(loss)}`}`)
      },
    }
    const { fitted, data } = await fitTo(source, maker, flags, options, progress)
    shell.own(fitted)
    await savePreconditioner(out, fitted)
    const [samples, ...features] = data.shape
    const streamed = data.streamed ?? false
    const description = fitted.describe()
    const error = await errorOf(fitted, data)
    return {
      result: {
        kind,
        out,
        samples,
        features,
        streamed,
        options: fitted.options,
        description,
        roundTripError: error,
      },
      text: facts({
        fitted: kind,
        to: `${samples} samples of shape [${features.join(', ')}]${streamed ? ', read in blocks' : ''}`,
        ...texts(description),
        'round-trip error': error.toExponential(1),
        folder: out,
      }),
    }
  },
})
