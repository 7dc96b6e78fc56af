// Log-likelihood of data under a generator, through both stages: ln p(x) = ln p~(P(x)) + log |det dP/dx|, with the density p~ of the
// flow in the space that it was trained in.
import { sizeOf } from '@whitewater/tensor'
import { unknownName, usageError } from '../errors.ts'
import { probeKinds, traceKinds, type ProbeKind, type Trace } from '../flow/likelihood.ts'
import { isCount } from '../flow/request.ts'
import { solverNamed } from '../flow/solvers.ts'
import { isAdaptive } from '../flow/tableau.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import { flowDensity, type Densities, type DensityPlan } from './flow-density.ts'
import type { Generator } from './generator.ts'

export interface LikelihoodOptions {
  /** Class of each sample, [n]; required by a generator with labels, whose likelihood is that given the class. */
  readonly labels?: Int32Array
  /** 'exact' up to 16 dimensions and 'hutchinson' above unless given. */
  readonly trace?: Trace['trace']
  /** Hutchinson's probes; 4 unless given. Each costs a backward pass an evaluation. */
  readonly probes?: number
  /** Law of their entries; 'rademacher' unless given. */
  readonly probe?: ProbeKind
  /** ODE solver by name; 'dopri5' unless given. */
  readonly method?: string
  /** Steps of a fixed-step method, 50 unless given. */
  readonly steps?: number
  /** Tolerance of an adaptive method, relative and absolute, 1e-5 unless given; the log-determinant is held to it too. */
  readonly tolerance?: number
  /** Probe seed; 0 unless given. */
  readonly seed?: number
  /** Samples solved at once; 512 unless given. An adaptive method chooses its steps for all of them together. */
  readonly batch?: number
  readonly onProgress?: (done: number, count: number) => void
}

export interface LogLikelihood {
  /** ln p(x), or ln p(x | label), of each sample, [n]. */
  readonly nats: Float64Array
  readonly trace: Trace['trace']
  /** Probes that each estimate is the mean of; 0 for the exact trace. */
  readonly probes: number
  /** Standard error of each mean over the probes, [n]; for two probes and more. The solver's error is not in it. */
  readonly standardError?: Float64Array
  /** Evaluations of the field for one sample, each with the backward passes of its trace. */
  readonly evaluations: number
}

const EXACT_UP_TO = 16

/** @throws WhitewaterError (usage) for choices that do not fit together */
function planOf(x: Samples, options: LikelihoodOptions): DensityPlan {
  const [n, ...features] = x.shape
  const {
    trace = sizeOf(features) <= EXACT_UP_TO ? 'exact' : 'hutchinson',
    probes = 4,
    batch = 512,
  } = options
  const { probe = 'rademacher', method = 'dopri5', seed = 0, steps } = options
  if (!traceKinds.includes(trace)) throw unknownName('trace', trace, traceKinds)
  if (!probeKinds.includes(probe)) throw unknownName('law of probes', probe, probeKinds)
  if (trace === 'exact' && (options.probes ?? options.probe) !== undefined)
    throw usageError("probes belong to the trace 'hutchinson': leave them out, or choose it")
  for (const [what, count] of Object.entries({ probes, batch }))
    if (!isCount(count))
      throw usageError(`${what} is ${count as number}, expected a whole number of at least 1`)
  const tolerance = options.tolerance ?? (isAdaptive(solverNamed(method)) ? 1e-5 : undefined)
  const count = trace === 'exact' ? 0 : probes
  return { trace, probes: count, probe, method, steps, tolerance, seed, rows: Math.min(batch, n) }
}

/** Labels of the field that a sample may have been drawn with, and how likely each is: one, or the components of its class. */
interface Branch {
  readonly labels?: Int32Array
  /** ln of its share, [n]; -Infinity where it is never drawn. */
  readonly logShare: Float64Array
}

/**
 * Where P sorts samples into components of its own, sampling draws one by its share: the density is the sum over all of them,
 * not that of the component which `assign` would choose.
 */
async function branchesOf(
  generator: Generator,
  x: Samples,
  labels: Int32Array | undefined,
): Promise<Branch[]> {
  const { labelCounts, preconditioner } = generator.parts
  const [n] = x.shape
  const own = await generator.labelsOf(x, { labels })
  const { components } = preconditioner
  if (!components || !own || !labelCounts) return [{ labels: own, logShare: new Float64Array(n) }]
  const { perClass } = components
  const first = own.map((label) => label - (label % perClass))
  const total = (label: number): number =>
    labelCounts.slice(label, label + perClass).reduce((sum, count) => sum + count, 0)
  return Array.from({ length: perClass }, (_, component) => ({
    labels: first.map((label) => label + component),
    logShare: Float64Array.from(first, (label) => Math.log(labelCounts[label + component] / total(label))),
  }))
}

/** ln sum_k exp of the values that column by column are given, in place of the first. */
function addLog(total: Float64Array, more: Float64Array): void {
  more.forEach((value, i) => {
    const most = Math.max(total[i], value)
    if (most > -Infinity) total[i] = most + Math.log(Math.exp(total[i] - most) + Math.exp(value - most))
  })
}

/** Mean over the columns of each row, and its standard error. */
function summary({ values, columns }: Pick<Densities, 'values' | 'columns'>) {
  const n = values.length / columns
  const row = (i: number) => values.subarray(i * columns, (i + 1) * columns)
  const nats = Float64Array.from({ length: n }, (_, i) => row(i).reduce((a, b) => a + b, 0) / columns)
  if (columns === 1) return { nats }
  const standardError = nats.map((mean, i) =>
    Math.sqrt(row(i).reduce((sum, value) => sum + (value - mean) ** 2, 0) / (columns - 1) / columns),
  )
  return { nats, standardError }
}

/**
 * ln p(x) of samples x [n, ...features] in nats, in the units of the data. Cost of the exact trace: an evaluation of the field takes d
 * backward passes more; with components of P, all that once a component. What it says is exact for the model up to the
 * solver's tolerance: also where the model is wrong.
 * @throws WhitewaterError (usage) where P has no log-determinant, for labels that do not fit, or choices that contradict each other
 */
export async function logLikelihood(
  generator: Generator,
  x: Samples,
  options: LikelihoodOptions = {},
): Promise<LogLikelihood> {
  const { preconditioner } = generator.parts
  const { logDet, kind } = preconditioner
  if (!logDet)
    throw usageError(
      `the preconditioner '${kind}' has no log-determinant, so this generator has no likelihood: train with another, such as zca or real-nvp`,
    )
  const [n] = x.shape
  const plan = planOf(x, options)
  const branches = await branchesOf(generator, x, options.labels)
  const density = await flowDensity(generator, plan)
  const columns = Math.max(1, plan.probes)
  const total = new Float64Array(n * columns).fill(-Infinity)
  let evaluations = 0
  try {
    for (const [at, { labels, logShare }] of branches.entries()) {
      const even = await preconditioner.transform(x, labels)
      const volume = await logDet(x, labels)
      const found = await density.at(even, labels, (done) =>
        options.onProgress?.(at * n + done, branches.length * n),
      )
      addLog(
        total,
        found.values.map((value, k) => {
          const i = Math.floor(k / columns)
          return value + volume[i] + logShare[i]
        }),
      )
      evaluations += found.evaluations
    }
  } finally {
    await density.dispose()
  }
  const { trace, probes } = plan
  return { ...summary({ values: total, columns }), trace, probes, evaluations }
}
