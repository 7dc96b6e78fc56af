// The files that every run has, whatever it trains, and the one place that writes them: each whole or not at all, but for the
// logs, which grow by a line.
import { readFile, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'yaml'
import { makeFolder, reasonOf, writeFileAtomic } from '../data/write.ts'
import { usageError } from '../errors.ts'
import { checkpointsIn, newestStep } from '../training/checkpoint-files.ts'
import type { Checkpoints } from '../training/checkpoint.ts'
import { noteMachine } from '../training/machines-log.ts'
import { truncateMetrics } from '../training/metrics-log.ts'

export const runPaths = (folder: string) => ({
  config: join(folder, 'config.yaml'),
  model: join(folder, 'model.json'),
  metrics: join(folder, 'metrics.jsonl'),
  machines: join(folder, 'machines.jsonl'),
  checkpoints: join(folder, 'checkpoints'),
  evaluation: join(folder, 'evaluation.json'),
  report: join(folder, 'report.html'),
})

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Whole files of a run. */
export const writeConfig = (folder: string, config: object): Promise<void> =>
  writeFileAtomic(runPaths(folder).config, stringify(config))

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, JSON.stringify(value, null, 2) + '\n')

export const writeModel = (folder: string, facts: unknown): Promise<void> =>
  writeJson(runPaths(folder).model, facts)

export const writeEvaluation = (folder: string, result: unknown): Promise<void> =>
  writeJson(runPaths(folder).evaluation, result)

/** @returns the page's path */
export async function writeReport(folder: string, html: string): Promise<string> {
  const { report } = runPaths(folder)
  await writeFileAtomic(report, html)
  return report
}

/** Step of the newest checkpoint; 0 without one. */
export const stepReached = (folder: string): Promise<number> => newestStep(runPaths(folder).checkpoints)

/** @throws WhitewaterError (usage) for a folder that holds a run already, or another file of the name of one of a run's */
export async function beginRun(folder: string, config: object): Promise<void> {
  await makeFolder(folder)
  const paths = runPaths(folder)
  if (await exists(paths.config))
    throw usageError(
      `${folder} already holds a run: continue it with --resume ${folder}, or choose another folder with --out`,
    )
  for (const path of Object.values(paths)) {
    if (await exists(path))
      throw usageError(`${path} is there already, and a run would write it: choose another folder with --out`)
  }
  await writeConfig(folder, config)
}

/** Forgets what was logged after the newest checkpoint, which is logged again. */
export const continueRun = async (folder: string): Promise<void> =>
  truncateMetrics(runPaths(folder).metrics, await stepReached(folder))

/** Writes down which machine trains from here on, where there is anything left to train. */
export async function noteLife(folder: string, steps: number): Promise<void> {
  const reached = await stepReached(folder)
  if (reached < steps) await noteMachine(runPaths(folder).machines, reached)
}

/** Whether training has come to anything that is worth keeping. */
export const hasBegun = async (folder: string): Promise<boolean> =>
  (await exists(runPaths(folder).metrics)) || (await stepReached(folder)) > 0

/**
 * The configuration with the steps that a run is to go on to.
 * @throws WhitewaterError (usage) for fewer steps than it had
 */
export async function lengthened<C extends { readonly steps: number }>(
  folder: string,
  config: C,
  steps: number | undefined,
): Promise<C> {
  if (steps === undefined || steps === config.steps) return config
  if (steps < config.steps)
    throw usageError(`${folder} is a run of ${config.steps} steps, got ${steps}: give as many or more`)
  const longer = { ...config, steps }
  await writeConfig(folder, longer)
  return longer
}

/** What a run may change when it goes on. */
const free: ReadonlySet<string> = new Set(['data', 'steps', 'checkpointEvery'])

/** As a file keeps it: without entries that are undefined. */
const plainOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

/** @throws WhitewaterError (usage) where a run is to go on as something else than it was begun as */
export function requireSame(folder: string, kept: object, config: object): void {
  const before = new Map<string, unknown>(Object.entries(kept))
  const entries: [string, unknown][] = Object.entries(config)
  const other = entries.find(
    ([name, value]) => !free.has(name) && !isDeepStrictEqual(plainOf(before.get(name)), plainOf(value)),
  )
  if (!other) return
  const [name, value] = other
  throw usageError(
    `${folder} was begun with ${name} ${JSON.stringify(before.get(name))}, got ${JSON.stringify(value)}: resume it with the same, or start a new run`,
  )
}

/** Removes what a run that never came to its first step has written, and the folder where that leaves it empty. */
export async function discardRun(folder: string, others: readonly string[] = []): Promise<void> {
  const { config, model, machines } = runPaths(folder)
  for (const path of [config, model, machines, ...others]) await rm(path, { recursive: true, force: true })
  await rmdir(folder).catch(() => undefined)
}

export const checkpointsOf = (folder: string, every: number, resume: boolean): Checkpoints =>
  checkpointsIn(runPaths(folder).checkpoints, every, resume)

/** @throws WhitewaterError (usage) for text that is no YAML */
export function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw usageError(
      `${path} is no valid YAML: ${reasonOf(error).split('\n')[0].replace(/:$/, '')}; repair that line`,
    )
  }
}

/** Whether a configuration is that of an autoencoder. */
export async function configuresAutoencoder(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    const value: unknown = parse(text)
    return typeof value === 'object' && value !== null && 'model' in value
  } catch {
    return false
  }
}

/** Whether a run folder holds an autoencoder, trained or on its way. */
export const holdsAutoencoder = (folder: string): Promise<boolean> =>
  configuresAutoencoder(runPaths(folder).config)
