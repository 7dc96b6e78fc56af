// The configuration of a new run: from a file where one is given, with the command line's options on top.
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { usageError } from '../errors.ts'
import { readReasonOf } from '../data/write.ts'
import { checkedConfig, configSchema, fieldKinds, type RunConfig } from '../generator/config.ts'
import { parseConfig } from '../generator/run-folder.ts'
import { dataOptions, type DataFlags, type EngineFlags } from './options.ts'

export { fieldKinds }

export interface TrainFlags extends DataFlags, EngineFlags {
  readonly precondition?: string
  readonly steps?: number
  readonly batch?: number
  readonly learningRate?: number
  readonly checkpointEvery?: number
  readonly field?: string
  readonly width?: number
  readonly depth?: number
  readonly seed?: number
  readonly out?: string
  readonly resume?: string
  readonly report: boolean
}

const isConfig = (source: string): boolean => ['.yaml', '.yml'].includes(extname(source).toLowerCase())

const given = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

async function readConfigFile(path: string): Promise<RunConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(
      `cannot read ${path}: ${readReasonOf(error)}; \`whitewater init\` writes one to start from`,
    )
  })
  return parseConfig(text, path)
}

/** The options that make up the field entry, over a configured one of the same kind. */
function fieldOf({ field: kind, width, depth }: TrainFlags, configured: RunConfig['field']) {
  if (kind === undefined && width === undefined && depth === undefined) return configured
  const chosen = kind ?? configured?.kind
  if (chosen === undefined) throw usageError(`--width and --depth need --field: ${fieldKinds.join(', ')}`)
  return { ...(configured?.kind === chosen && configured), kind: chosen, ...given({ width, depth }) }
}

/** @throws WhitewaterError (usage) for a configuration that does not hold, or options that its entries do not take */
export async function configFrom(source: string, flags: TrainFlags): Promise<RunConfig> {
  const file = isConfig(source) ? await readConfigFile(source) : undefined
  const { precondition, steps, batch, learningRate, checkpointEvery, seed } = flags
  return checkedConfig(
    configSchema,
    given({
      ...file,
      ...given({ steps, batch, learningRate, checkpointEvery, seed }),
      precondition: precondition === undefined ? file?.precondition : { kind: precondition },
      field: fieldOf(flags, file?.field),
      data: { ...(file?.data ?? { source }), ...dataOptions(flags) },
    }),
    'train',
  )
}
