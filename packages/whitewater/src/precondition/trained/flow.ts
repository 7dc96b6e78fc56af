// A flow preconditioner (section 4): a velocity field trained cheaply by flow matching and used in reverse. P leads data along
// dx/dt = v from t = 1 to 0, to approximately N(0, I); P^-1 leads back from 0 to 1.
import { sizeOf } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { randomSubset } from '../../data/subset.ts'
import { failureError } from '../../errors.ts'
import { solverNamed } from '../../flow/solvers.ts'
import { isAdaptive, type Tableau } from '../../flow/tableau.ts'
import { fittedFlow, restoreFlow } from './flow/fitted.ts'
import { networkFor, networkOptions, type TrainedNetwork } from './flow/network.ts'
import { DEFAULT_TOLERANCE, flowOptions, methodOf, type FlowPreconditionerOptions } from './flow/options.ts'
import { scaled, scalingOf } from './flow/scaling.ts'
import { BACKWARDS, flowMap, roundTrip, settle, type FlowMap, type Settled } from './flow/solve.ts'
import { trainFlow, usualTraining } from './flow/train.ts'
import { kindOf } from '../kind.ts'
import type { FitOptions, Preconditioner, Samples, Settings } from '../preconditioner.ts'

export type { FlowPreconditionerOptions } from './flow/options.ts'

/** Samples that the round trip is measured on. */
const PROBED_SAMPLES = 1024

/** How a flow that is still trained is integrated: what is seen of it are second moments. */
const LOOK_SOLVER = { method: solverNamed('rk4'), fineness: 8 }

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
      const { engine, seed = 0 } = fitOptions
      const features = data.samples.shape.slice(1)
      const sized = networkOptions(options, features)
      const scaling = scalingOf(data)
      const even = { ...data, samples: scaled(scaling, data.samples) }
      const chosen = { ...usualTraining(sized.network), ...given, ...sized, method: method.name }
      const { looks } = fitOptions
      const lend = looks && {
        at: looks.at.map((share) => Math.round(share * chosen.steps)),
        async take(now: TrainedNetwork, step: number) {
          const map = flowMap(now, engine)
          const transform = async (x: Samples, labels?: Int32Array) =>
            (await map.solve(scaled(scaling, x), labels, LOOK_SOLVER, BACKWARDS)).x
          await looks.take(transform, step).finally(() => map.dispose())
        },
      }
      const trained = await trainFlow(networkFor(sized), even, chosen, fitOptions, lend)
      const map = flowMap(trained, engine)
      try {
        const probe = randomSubset(even, Math.min(PROBED_SAMPLES, even.samples.shape[0]), seed)
        const found = await settled(map, method, options, probe)
        const description = describeFlow(options, found, trained)
        const parts = { options: chosen, features, description, trained, scaling, steps: found.steps }
        return fittedFlow(parts, map, engine)
      } catch (error) {
        await map.dispose()
        throw error
      }
    },
  }
}

export const flowKind = kindOf({
  name: 'flow',
  about:
    'a small flow trained by flow matching and used in reverse: evens out what no linear map can; costs solver steps',
  trained: true,
  options: flowOptions,
  make: flowPreconditioner,
  restore: restoreFlow,
})
