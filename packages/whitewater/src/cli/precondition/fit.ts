// `whitewater precondition fit`: fits a preconditioner, from a file in blocks where it is too large to hold, and says what came of it.
import type { CompileOptions } from '@whitewater/tensor'
import { blocksOf, openBlocks, type SampleBlocks } from '../../data/sample-blocks.ts'
import { dataset } from '../../data/registry.ts'
import { withComponents } from '../../precondition/chain.ts'
import {
  roundTripError,
  type FittedPreconditioner,
  type FitOptions,
  type Preconditioner,
  type Settings,
} from '../../precondition/preconditioner.ts'
import { preconditioner, savePreconditioner } from '../../precondition/registry.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { withEngineOpen } from '../engine.ts'
import { dataOptions, type DataFlags, type EngineFlags } from '../options.ts'
import { facts } from '../output.ts'
import { progressBar, type ProgressBar } from '../progress.ts'

export interface FitFlags extends DataFlags, EngineFlags {
  readonly kind: string
  readonly out: string
  readonly floor?: number
  readonly set?: Settings
  readonly seed?: number
}

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
  flags: FitFlags,
  options: FitOptions,
  progress: ProgressBar,
): Promise<Fitted> {
  const choice = { seed: options.seed, ...dataOptions(flags) }
  if (maker.fitBlocks) {
    const data = await openBlocks(source, choice)
    return { data, fitted: await maker.fitBlocks(counted(data, progress), options) }
  }
  const data = await dataset(source, choice)
  return { data: blocksOf(data), fitted: await maker.fit(data, options) }
}

async function fitAndSave(
  source: string,
  flags: FitFlags,
  engine: CompileOptions,
  signal: AbortSignal,
  progress: ProgressBar,
) {
  const { kind, out, floor, set, seed = 0 } = flags
  const maker = preconditioner(kind, { ...set, ...(floor !== undefined && { floor }) })
  const options: FitOptions = {
    ...engine,
    seed,
    signal,
    onProgress({ kind: part, step, steps, loss }) {
      progress.update(step, steps, `${part}${loss === undefined ? '' : `, loss ${formatNumber(loss)}`}`)
    },
  }
  const { fitted, data } = await fitTo(source, maker, flags, options, progress)
  try {
    await savePreconditioner(out, fitted)
    const [samples, ...features] = data.shape
    return {
      kind,
      out,
      samples,
      features,
      streamed: data.streamed ?? false,
      options: fitted.options,
      description: fitted.describe(),
      roundTripError: await errorOf(fitted, data),
    }
  } finally {
    await fitted.dispose()
  }
}

export async function fitPreconditioner(source: string, flags: FitFlags, signal: AbortSignal) {
  const progress = progressBar('steps')
  try {
    return await withEngineOpen(flags, (engine) => fitAndSave(source, flags, engine, signal, progress))
  } finally {
    progress.end()
  }
}

const texts = (description: Settings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(description).map(([name, value]) => [
      name,
      String(typeof value === 'number' ? Number(value.toPrecision(5)) : value),
    ]),
  )

export const fitText = (result: Awaited<ReturnType<typeof fitPreconditioner>>): string =>
  facts({
    fitted: result.kind,
    to: `${result.samples} samples of shape [${result.features.join(', ')}]${result.streamed ? ', read in blocks' : ''}`,
    ...texts(result.description),
    'round-trip error': result.roundTripError.toExponential(1),
    folder: result.out,
  })
