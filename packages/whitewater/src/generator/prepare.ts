// Before training: the preconditioner fitted, the data mapped, the residual fitted to what that gives.
import { sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { usageError } from '../errors.ts'
import { independent } from '../flow/coupling/registry.ts'
import { parametersOf, type FieldNetwork } from '../nn/network.ts'
import type { Parameter } from '../nn/scope.ts'
import { partsDescribed, withComponents } from '../precondition/chain.ts'
import type {
  FitLooks,
  FitOptions,
  FitProgress,
  FittedPreconditioner,
  Settings,
} from '../precondition/preconditioner.ts'
import type { FittedResidual } from '../precondition/residual/residual.ts'
import type { Keeper } from './keeper.ts'
import type { FieldForm } from './parts.ts'
import type { TrainingPlan } from './plan.ts'

/** Who is told of what comes before training, and may stop it. */
export interface PrepareHooks {
  /** Told how far a preconditioner that is trained has come. */
  readonly onFit?: (progress: FitProgress) => void
  /** Looks at a preconditioner while it is trained. */
  readonly fitLooks?: FitLooks
  /** Told what was fitted, and anything to know about the data. */
  readonly onNotice?: (notice: string) => void
  readonly signal?: AbortSignal
}

export interface PrepareOptions {
  readonly engine: CompileOptions
  readonly hooks: PrepareHooks
  readonly keeper: Keeper
}

/** All that training needs to know of the data. */
export interface Prepared {
  readonly network: FieldNetwork
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

const fittedMap = (
  { preconditioner }: TrainingPlan,
  data: Dataset,
  fitting: FitOptions,
  { keeper, hooks }: PrepareOptions,
): Promise<FittedPreconditioner> =>
  keeper.preconditioner(async () => {
    const fitted = await preconditioner.fit(data, fitting)
    noticesOf(data, fitted).forEach((notice) => hooks.onNotice?.(notice))
    return fitted
  })

async function fittedResidual(
  { residual, coupling, settings }: TrainingPlan,
  transformed: Dataset,
  fitting: FitOptions,
  { keeper, hooks }: PrepareOptions,
): Promise<FittedResidual | undefined> {
  if (!residual) return undefined
  return keeper.residual(async () => {
    const fitted = await residual.fit(transformed, fitting)
    flooredNotice(fitted.kind, fitted.describe()).forEach((notice) => hooks.onNotice?.(notice))
    if (coupling !== independent)
      hooks.onNotice?.(
        `${fitted.kind}: its known velocity is that of independent noise, with the ${settings.coupling.kind} coupling the network has to learn what differs`,
      )
    return fitted
  })
}

/** The data as the field sees them. */
async function mapped(fitted: FittedPreconditioner, data: Dataset): Promise<Dataset> {
  const labelled = await withComponents(fitted, data)
  return { ...labelled, samples: await fitted.transform(labelled.samples, labelled.labels) }
}

/** Fits both preconditioners to the data, maps them, and counts weights. */
export async function prepare(plan: TrainingPlan, data: Dataset, options: PrepareOptions): Promise<Prepared> {
  const { engine, hooks, keeper } = options
  const features = data.samples.shape.slice(1)
  countLabels(data)
  const fitting: FitOptions = {
    engine,
    seed: plan.seed,
    signal: hooks.signal,
    onProgress: hooks.onFit,
    looks: hooks.fitLooks,
  }
  const fitted = await fittedMap(plan, data, fitting, options)
  const transformed = await mapped(fitted, data)
  const labelCounts = countLabels(transformed)
  const residual = await fittedResidual(plan, transformed, fitting, options)
  const { path, prediction } = plan
  const form: FieldForm = { path, prediction, ...(residual && { residual }) }
  const network = plan.network(features)
  const parameters = parametersOf(network, features, labelCounts?.length)
  await keeper.facts({
    field: { kind: network.kind, options: network.options },
    features,
    ...(labelCounts && { labelCounts }),
    ...(fitted.components && { components: fitted.components.perClass }),
    parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  })
  return { network, fitted, form, transformed, features, labelCounts, parameters }
}
