// Runs from a configuration: start one in a folder, or continue one that was stopped.
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CompileOptions } from '@whitewater/tensor'
import { stringify } from 'yaml'
import type { Dataset } from '../data/dataset.ts'
import { writeFileAtomic } from '../data/write.ts'
import { failureError, usageError } from '../errors.ts'
import { networkOf } from '../nn/networks/registry.ts'
import type { Preconditioner } from '../precondition/preconditioner.ts'
import { preconditioner } from '../precondition/registry.ts'
import { residualNamed } from '../precondition/residual/registry.ts'
import type { Residual } from '../precondition/residual/residual.ts'
import type { RunConfig } from '../generator/config.ts'
import { classesAmong } from '../generator/labels.ts'
import { defaultField } from '../generator/field.ts'
import { paths, readConfig, readModelFacts } from './generator-folder.ts'
import { absoluteSource, loadSource } from '../data/source.ts'
import { resolveSettings, trainRun, type TrainOptions, type TrainResult } from '../generator/train.ts'

export interface RunOptions
  extends CompileOptions, Pick<TrainOptions, 'onProgress' | 'onFit' | 'onNotice' | 'signal'> {
  /** Told the run's folder when names and data turned out well. */
  readonly onStart?: (folder: string) => void
}

export interface Run extends TrainResult {
  readonly folder: string
  readonly config: RunConfig
  readonly data: Dataset
}

const preconditionerOf = ({ precondition: { kind, ...options } }: RunConfig): Preconditioner =>
  preconditioner(kind, options)

const residualOf = ({ residual: { kind, ...options } }: RunConfig): Residual | undefined =>
  kind === 'none' ? undefined : residualNamed(kind, options)

async function start(
  folder: string,
  config: RunConfig,
  data: Dataset,
  options: RunOptions & { resume: boolean },
): Promise<Run> {
  const { data: source, field, ...settings } = config
  const result = await trainRun({
    ...options,
    ...settings,
    data,
    source,
    folder,
    preconditioner: preconditionerOf(config),
    residual: residualOf(config),
    field: networkOf(field ?? defaultField(data.samples.shape.slice(1))),
  })
  return { ...result, folder, config, data }
}

/** `runs/<dataset>-<kind>`, with a number behind it when that is taken. */
export async function freeFolder(source: string, kind: string): Promise<string> {
  const name = basename(source)
    .replace(/(\.gz)?$/, '')
    .replace(/\.[^.]+$/, '')
  const wanted = join('runs', `${name}-${kind}`)
  for (let serial = 1; ; serial++) {
    const folder = serial === 1 ? wanted : `${wanted}-${serial}`
    if ((await stat(folder).catch(() => undefined)) === undefined) return folder
  }
}

/**
 * Trains as a configuration says, into a run folder.
 * @throws WhitewaterError when the folder holds a run already, or the data, the names or the folder will not do
 */
export async function startRun(config: RunConfig, folder: string, options: RunOptions = {}): Promise<Run> {
  preconditionerOf(config)
  residualOf(config)
  resolveSettings(config)
  const source = await absoluteSource(config.data)
  const data = await loadSource(source)
  options.onStart?.(folder)
  return start(folder, { ...config, data: source }, data, { ...options, resume: false })
}

/**
 * Continues a run from its newest checkpoint to the steps of its configuration, or to more.
 * @throws WhitewaterError when there is nothing to continue, or the data no longer has the shape that the run was made with
 */
export async function resumeRun(
  folder: string,
  { steps, ...options }: RunOptions & { readonly steps?: number } = {},
): Promise<Run> {
  const config = await readConfig(folder)
  if (steps !== undefined && steps < config.steps) {
    throw usageError(`${folder} is a run of ${config.steps} steps, got ${steps}: give as many or more`)
  }
  const data = await loadSource(config.data)
  await checkShape(folder, data)
  const longer = { ...config, steps: steps ?? config.steps }
  if (longer.steps !== config.steps) await writeFileAtomic(paths(folder).config, stringify(longer))
  return start(folder, longer, data, { ...options, resume: true })
}

async function checkShape(folder: string, { name, samples, classes }: Dataset): Promise<void> {
  const started = await stat(paths(folder).model).then(
    () => true,
    () => false,
  )
  if (!started) return
  const { features, labelCounts, components } = await readModelFacts(folder)
  const given = samples.shape.slice(1)
  const trained = classesAmong(labelCounts, components)
  if (given.join() !== features.join() || classes !== trained) {
    const shown = (shape: readonly number[], k: number | undefined) =>
      `[${shape.join(', ')}]${k === undefined ? ' without labels' : ` in ${k} classes`}`
    throw failureError(
      `${folder} was trained on samples of shape ${shown(features, trained)}, ${name} now has ${shown(given, classes)}: restore the data, or start a new run`,
    )
  }
}
