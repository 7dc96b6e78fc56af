// Before training: the preconditioner fitted, the data mapped, the residual fitted to what that gives.
import { sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { usageError } from '../errors.ts'
import { parametersOf } from '../nn/network.ts'
import type { Parameter } from '../nn/scope.ts'
import { partsDescribed, withComponents } from '../precondition/chain.ts'
import type { FitOptions, FittedPreconditioner, Settings } from '../precondition/preconditioner.ts'
import { holdsPreconditioner, loadPreconditioner, savePreconditioner } from '../precondition/registry.ts'
import { holdsResidual, loadResidual, saveResidual } from '../precondition/residual/registry.ts'
import type { FittedResidual } from '../precondition/residual/residual.ts'
import { noteMachine } from '../training/machines-log.ts'
import { truncateMetrics } from '../training/metrics-log.ts'
import type { FieldForm } from './parts.ts'
import { createRun, discardRun, paths, stepReached, writeModelFacts } from '../runs/generator-folder.ts'
import type { Choices, TrainOptions } from './train.ts'

/** All that training needs to know of the data. */
export interface Prepared {
  readonly fitted: FittedPreconditioner
  readonly form: FieldForm
  /** The data in the even space, with the labels that the field takes. */
  readonly transformed: Dataset
  readonly features: readonly number[]
  readonly labelCounts?: readonly number[]
  readonly parameters: readonly Parameter[]
}

/** Counts of each label; undefined without labels. @throws WhitewaterError for a label out of range */
function countLabels({ name, labels, classes }: Dataset): number[] | undefined {
  if (!labels || classes === undefined) return undefined
  const counts = Array<number>(classes).fill(0)
  for (const label of labels) {
    if (!(label >= 0 && label < classes))
      throw usageError(`${name}: label ${label} is outside 0..${classes - 1}`)
    counts[label]++
  }
  return counts
}

/** What a fit says when it raised variances, of a preconditioner or a residual. */
function flooredNotice(kind: string, { floored, floor }: Settings): string[] {
  const limit = floor === undefined ? 'too small' : `below ${floor} of the largest`
  return Number(floored) > 0
    ? [`${kind}: ${Number(floored)} variances were ${limit} and were raised to the floor`]
    : []
}

function noticesOf(data: Dataset, fitted: FittedPreconditioner): string[] {
  const [count, ...features] = data.samples.shape
  const size = sizeOf(features)
  const notices: string[] = []
  if (count <= size)
    notices.push(
      `${data.name}: ${count} samples in ${size} dimensions, so the covariance has rank below ${size}`,
    )
  return [
    ...notices,
    ...partsDescribed(fitted).flatMap(({ kind, description }) => flooredNotice(kind, description)),
  ]
}

async function fittedFor(
  { folder, resume, data, onNotice }: TrainOptions,
  { maker }: Choices,
  fitting: FitOptions,
): Promise<FittedPreconditioner> {
  if (folder && resume && (await holdsPreconditioner(paths(folder).preconditioner)))
    return loadPreconditioner(paths(folder).preconditioner, fitting)
  const fitted = await maker.fit(data, fitting)
  noticesOf(data, fitted).forEach((notice) => onNotice?.(notice))
  if (folder) await savePreconditioner(paths(folder).preconditioner, fitted)
  return fitted
}

async function residualFor(
  { folder, resume, onNotice }: TrainOptions,
  { residual, settings: { coupling } }: Choices,
  transformed: Dataset,
  fitting: FitOptions,
): Promise<FittedResidual | undefined> {
  if (!residual) return undefined
  if (folder && resume && (await holdsResidual(paths(folder).residual)))
    return loadResidual(paths(folder).residual)
  const fitted = await residual.fit(transformed, fitting)
  flooredNotice(fitted.kind, fitted.describe()).forEach((notice) => onNotice?.(notice))
  if (coupling.kind !== 'independent')
    onNotice?.(
      `${fitted.kind}: its known velocity is that of independent noise, with the ${coupling.kind} coupling the network has to learn what differs`,
    )
  if (folder) await saveResidual(paths(folder).residual, fitted)
  return fitted
}

/** The data as the field sees them. */
async function mapped(fitted: FittedPreconditioner, data: Dataset): Promise<Dataset> {
  const labelled = await withComponents(fitted, data)
  return { ...labelled, samples: await fitted.transform(labelled.samples, labelled.labels) }
}

async function fitAll(options: TrainOptions, choices: Choices, engine: CompileOptions): Promise<Prepared> {
  const { data, folder, signal } = options
  const { settings, network, path, prediction } = choices
  const features = data.samples.shape.slice(1)
  countLabels(data)
  const fitting: FitOptions = {
    ...engine,
    seed: settings.seed,
    signal,
    onProgress: options.onFit,
    looks: options.fitLooks,
  }
  const fitted = await fittedFor(options, choices, fitting)
  const transformed = await mapped(fitted, data)
  const labelCounts = countLabels(transformed)
  const residual = await residualFor(options, choices, transformed, fitting)
  const form: FieldForm = { path, prediction, ...(residual && { residual }) }
  const parameters = parametersOf(network, features, labelCounts?.length)
  if (folder) {
    await writeModelFacts(folder, {
      field: { kind: network.kind, options: network.options },
      features,
      ...(labelCounts && { labelCounts }),
      ...(fitted.components && { components: fitted.components.perClass }),
      parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    })
  }
  return { fitted, form, transformed, features, labelCounts, parameters }
}

/** Opens the run's folder, fits both preconditioners and counts weights; a new run that fails here leaves nothing behind. */
export async function prepare(
  options: TrainOptions,
  choices: Choices,
  engine: CompileOptions,
): Promise<Prepared> {
  const { data, folder, resume } = options
  const reached = folder && resume ? await stepReached(folder) : 0
  if (folder && resume) await truncateMetrics(paths(folder).metrics, reached)
  else if (folder)
    await createRun(folder, { data: options.source ?? { source: data.name }, ...choices.settings })
  try {
    if (folder && reached < choices.settings.steps) await noteMachine(paths(folder).machines, reached)
    return await fitAll(options, choices, engine)
  } catch (error) {
    if (folder && !resume) await discardRun(folder)
    throw error
  }
}
