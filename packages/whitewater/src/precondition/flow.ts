// A flow preconditioner (section 4): a velocity field trained cheaply by flow matching and used in reverse. P leads data along
// dx/dt = v from t = 1 to 0, to approximately N(0, I); P^-1 leads back from 0 to 1.
import { ndarray, sizeOf, type CompileOptions, type NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset } from '../data/dataset.ts'
import { randomSubset } from '../data/subset.ts'
import { failureError, usageError } from '../errors.ts'
import { solverNamed, solvers } from '../flow/solvers.ts'
import { isAdaptive, type Tableau } from '../flow/tableau.ts'
import { flowGraph } from './flow/graph.ts'
import {
  networkNames,
  networkOf,
  networkOptions,
  parametersOf,
  restoredWeights,
  savedWeights,
  type NetworkOptions,
  type TrainedNetwork,
} from './flow/network.ts'
import { scaled, scalingOf, unscaled, type Scaling } from './flow/scaling.ts'
import {
  BACKWARDS,
  flowMap,
  FORWARDS,
  roundTrip,
  settle,
  type FlowMap,
  type Settled,
  type Steps,
} from './flow/solve.ts'
import { trainFlow, usualTraining } from './flow/train.ts'
import { kindOf, type Restore } from './kind.ts'
import {
  checkFeatures,
  type FittedPreconditioner,
  type FitOptions,
  type Preconditioner,
  type Samples,
  type Settings,
} from './preconditioner.ts'
import { checkLabels } from './programs.ts'

export interface FlowPreconditionerOptions extends NetworkOptions {
  /** Training steps. */
  readonly steps?: number
  /** Samples a training step. */
  readonly batch?: number
  /** Of Adam, at the start of its cosine decay. */
  readonly learningRate?: number
  /** Solver by name. */
  readonly method?: string
  /** Steps of a fixed-step method; as many as the tolerance needs unless given. */
  readonly solverSteps?: number
  /**
   * Largest round-trip error, in units of the data's scale: the root mean square of P^-1(P(x)) - x. The fit measures it, refines
   * the solver until it is met, and refuses where it cannot be. With `solverSteps` nothing is promised unless it is given.
   */
  readonly tolerance?: number
}

const DEFAULT_TOLERANCE = 1e-4

interface FlowParts {
  readonly options: Settings
  readonly features: readonly number[]
  readonly description: Settings
  readonly trained: TrainedNetwork
  readonly scaling: Scaling
  readonly steps: Steps
}

function fittedFlow(parts: FlowParts, map: FlowMap): FittedPreconditioner {
  const { options, features, description, trained, scaling, steps } = parts
  const { classes } = trained
  let evaluations = 0
  const labelsFor = (x: Samples, labels: Int32Array | undefined) =>
    classes === undefined ? undefined : checkLabels('flow', x.shape[0], labels, classes)
  return {
    ...{ kind: 'flow', options, features },
    graph: flowGraph(trained, scaling, steps, features),
    async transform(x, labels) {
      checkFeatures({ kind: 'flow', features }, x)
      return (await map.solve(scaled(scaling, x), labelsFor(x, labels), steps, BACKWARDS)).x
    },
    async invert(z, labels) {
      checkFeatures({ kind: 'flow', features }, z)
      const solved = await map.solve(z, labelsFor(z, labels), steps, FORWARDS)
      evaluations = solved.evaluations
      return unscaled(scaling, solved.x)
    },
    evaluations: () => evaluations,
    describe: () => description,
    tensors: new Map<string, NdArray>([
      ['mean', ndarray(scaling.mean, [scaling.mean.length])],
      ['scale', ndarray(Float64Array.of(scaling.scale), [1])],
      ['fineness', ndarray(Float64Array.of(steps.fineness), [1])],
      ['classes', ndarray(Int32Array.of(classes ?? 0), [1])],
      ...savedWeights(trained),
    ]),
    dispose: () => map.dispose(),
  }
}

/** Samples that the round trip is measured on. */
const PROBED = 1024

async function settled(
  map: FlowMap,
  method: Tableau,
  { tolerance, solverSteps }: FlowPreconditionerOptions,
  { samples: x, labels }: Dataset,
): Promise<Settled> {
  if (solverSteps === undefined) return settle(map, method, tolerance ?? DEFAULT_TOLERANCE, { x, labels })
  const steps = { method, fineness: solverSteps }
  const roundTripError = await roundTrip(map, steps, { x, labels })
  if (roundTripError <= (tolerance ?? Number.MAX_VALUE)) return { steps, roundTripError }
  throw failureError(
    `flow: ${solverSteps} steps of ${method.name} come back with an error of ${roundTripError.toPrecision(2)}${tolerance === undefined ? '' : `, above the tolerance of ${tolerance}`}: give more solverSteps, or leave them out`,
  )
}

function describeFlow(
  options: FlowPreconditionerOptions,
  { steps: { method, fineness }, roundTripError }: Settled,
  { weights, classes }: TrainedNetwork,
): Settings {
  const { tolerance = DEFAULT_TOLERANCE, solverSteps } = options
  return {
    parameters: [...weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    ...(classes !== undefined && { classes }),
    method: method.name,
    ...(isAdaptive(method) ? { localTolerance: fineness } : { solverSteps: fineness }),
    ...((solverSteps === undefined || options.tolerance !== undefined) && { tolerance }),
    roundTripError: Number(roundTripError.toPrecision(3)),
  }
}

function methodOf({ method = 'rk4', solverSteps }: FlowPreconditionerOptions): Tableau {
  const found = solverNamed(method)
  if (isAdaptive(found) && solverSteps !== undefined)
    throw usageError(`flow: ${method} chooses its own steps; give tolerance, or choose a fixed-step method`)
  return found
}

/**
 * A learned P for data that no linear map evens out: it unwinds what a small network can. Conditional where the data has labels.
 * Cost: training, then `solverSteps` times the method's stages evaluations of the network a sample, in each direction (and for
 * every sample that is generated). Not exact: the round trip errs by the solver's truncation, which the fit measures and states.
 * @throws WhitewaterError (usage) for options that contradict each other; the fit throws (failure) for a tolerance that cannot be met
 */
export function flowPreconditioner(options: FlowPreconditionerOptions = {}): Preconditioner {
  const method = methodOf(options)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return {
    kind: 'flow',
    options: given,
    mapSize: () => 0,
    async fit(data, fitOptions: FitOptions = {}) {
      const { device, threads, strict, load, seed = 0 } = fitOptions
      const engine: CompileOptions = { device, threads, strict, load }
      const features = data.samples.shape.slice(1)
      const sized = networkOptions(options, features)
      const scaling = scalingOf(data)
      const even = { ...data, samples: scaled(scaling, data.samples) }
      const chosen = { ...usualTraining(sized.network), ...given, ...sized, method: method.name }
      const trained = await trainFlow(networkOf(sized), even, chosen, fitOptions)
      const map = flowMap(trained, engine)
      try {
        const probe = randomSubset(even, Math.min(PROBED, even.samples.shape[0]), seed)
        const found = await settled(map, method, options, probe)
        const description = describeFlow(options, found, trained)
        return fittedFlow(
          { options: chosen, features, description, trained, scaling, steps: found.steps },
          map,
        )
      } catch (error) {
        await map.dispose()
        throw error
      }
    },
  }
}

const count = (meaning: string) => z.int().min(1).optional().describe(meaning)

const options = {
  network: z.enum(networkNames).optional().describe('tiny (168 parameters in 2-D), mlp, residual-mlp or cnn'),
  width: count('units or channels of a hidden layer'),
  depth: count('hidden layers or blocks'),
  steps: count('training steps; 12,000 of the tiny network, else 3000, unless given'),
  batch: count('samples a training step; 256 unless given'),
  learningRate: z
    .number()
    .positive()
    .optional()
    .describe('at the start of a cosine decay; 0.03 for the tiny network, else 0.003, unless given'),
  method: z
    .string()
    .optional()
    .describe(solvers.map(({ name }) => name).join(', ')),
  solverSteps: count('steps of a fixed-step method; as many as the tolerance needs unless given'),
  tolerance: z
    .number()
    .positive()
    .optional()
    .describe(`largest round-trip error in units of the data's scale; ${DEFAULT_TOLERANCE} unless given`),
}

const savedOptions = z.object(options)

const restoreFlow: Restore = ({ options: saved, features, description, tensors }, engine = {}) => {
  const numbers = (name: string, length: number): Float64Array => {
    const data = tensors.get(name)?.data
    if (data?.length !== length)
      throw failureError(`saved flow: tensor '${name}' is missing or damaged: fit again`)
    return Float64Array.from(data, Number)
  }
  const { method = 'rk4', ...own } = savedOptions.parse(saved)
  const network = networkOf(networkOptions(own, features))
  const [known] = numbers('classes', 1)
  const classes = known > 0 ? known : undefined
  const weights = restoredWeights(tensors, parametersOf(network, features, classes))
  const trained = { network, weights, classes }
  const steps = { method: solverNamed(method), fineness: numbers('fineness', 1)[0] }
  const scaling = { mean: numbers('mean', sizeOf(features)), scale: numbers('scale', 1)[0] }
  return fittedFlow(
    { options: saved, features, description, trained, scaling, steps },
    flowMap(trained, engine),
  )
}

export const flowKind = kindOf({
  name: 'flow',
  about:
    'a small flow trained by flow matching and used in reverse: evens out what no linear map can; costs solver steps',
  trained: true,
  options,
  make: flowPreconditioner,
  restore: restoreFlow,
})
