// The configuration of a new run: from a file where one is given, with the command line's options on top.
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { checkedConfig } from '../kinds/checked-config.ts'
import { unknownName, usageError } from '../errors.ts'
import { readReasonOf } from '../data/write.ts'
import { configSchema, settingsSchema, type RunConfig } from '../generator/config.ts'
import { networkKinds } from '../nn/networks/registry.ts'
import { choiceNames } from '../generator/kinds.ts'
import { parseConfig } from '../runs/generator-folder.ts'
import { datasetOptions } from './options.ts'
import type { TrainFlags } from './train-options.ts'

const defaults = settingsSchema.parse({})

export const isConfig = (source: string): boolean => ['.yaml', '.yml'].includes(extname(source).toLowerCase())

/** @throws WhitewaterError (usage) where there is none */
export function sourceOf(source: string | undefined): string {
  if (source === undefined) throw usageError('train what? Give DATA or CONFIG.yaml, or --resume RUN')
  return source
}

/** Those that are not undefined. */
export const given = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
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
  if (chosen === undefined) throw usageError(`--width and --depth need --field: ${networkKinds.join(', ')}`)
  return { ...(configured?.kind === chosen && configured), kind: chosen, ...given({ width, depth }) }
}

/** The choices of the command line over configured ones: another kind leaves the configured kind's options behind. */
function choicesOf(flags: TrainFlags, file: RunConfig | undefined): Record<string, unknown> {
  const entries = choiceNames.flatMap((name) => {
    const kind = flags[name]
    const configured = file?.[name]
    if (kind === undefined) return configured ? [[name, configured] as const] : []
    return [[name, configured?.kind === kind ? configured : { kind }] as const]
  })
  return Object.fromEntries(entries)
}

/** Entries with options of their own. */
const groups = [...choiceNames, 'data'] as const

/** Puts `entry.option` and `entry` where they belong; a choice by itself names its kind. */
function withSettings(config: Record<string, unknown>, set: TrainFlags['set']): Record<string, unknown> {
  const result = { ...config }
  for (const [name, value] of Object.entries(set ?? {})) {
    const dot = name.indexOf('.')
    const choice = choiceNames.find((entry) => entry === (dot < 0 ? name : name.slice(0, dot)))
    if (dot < 0) {
      result[name] = choice ? { kind: value } : value
      continue
    }
    const group = groups.find((entry) => entry === name.slice(0, dot))
    if (group === undefined) throw unknownName('entry with options', name.slice(0, dot), groups)
    const usual = choice && defaults[choice]
    const before = result[group] ?? (usual && { kind: usual.kind })
    result[group] = { ...Object(before), [name.slice(dot + 1)]: value }
  }
  return result
}

/** @throws WhitewaterError (usage) for a configuration that does not hold, or options that its entries do not take */
export async function configFrom(source: string, flags: TrainFlags): Promise<RunConfig> {
  const file = isConfig(source) ? await readConfigFile(source) : undefined
  const { prediction, steps, batch, learningRate, checkpointEvery, seed, set } = flags
  const config = given({
    ...file,
    ...given({ prediction, steps, batch, learningRate, checkpointEvery, seed }),
    ...choicesOf(flags, file),
    field: fieldOf(flags, file?.field),
    data: { ...(file?.data ?? { source }), ...datasetOptions(flags) },
  })
  return checkedConfig(configSchema, withSettings(config, set), 'the configuration')
}
