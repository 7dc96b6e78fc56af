// A trained flow as a fitted preconditioner: both directions, its log-determinant, saving and coming back.
import { ndarray, sizeOf, type CompileOptions, type NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import { failureError, usageError } from '../../../errors.ts'
import { parametersOf } from '../../../nn/network.ts'
import type { Restore } from '../../kind.ts'
import {
  checkFeatures,
  type FittedPreconditioner,
  type Samples,
  type Settings,
} from '../../preconditioner.ts'
import { checkLabels, graphPrograms } from '../../programs.ts'
import { flowGraph } from './graph.ts'
import { networkFor, networkOptions, restoredWeights, savedWeights, type TrainedNetwork } from './network.ts'
import { flowOptions, methodOf } from './options.ts'
import { scaled, unscaled, type Scaling } from './scaling.ts'
import { BACKWARDS, flowMap, FORWARDS, type FlowMap, type Steps } from './solve.ts'

export interface FlowParts {
  readonly options: Settings
  readonly features: readonly number[]
  readonly description: Settings
  readonly trained: TrainedNetwork
  readonly scaling: Scaling
  readonly steps: Steps
}

/** Rows whose log-determinants are computed at once: an evaluation holds d backward passes. */
const BLOCK_ROWS = 1024

/** @param map compiled solvers of the trained network; disposed with what comes back */
export function fittedFlow(parts: FlowParts, map: FlowMap, engine?: CompileOptions): FittedPreconditioner {
  const { options, features, description, trained, scaling, steps } = parts
  const { classes } = trained
  const graph = flowGraph(trained, scaling, steps, features)
  const { logDet, dispose } = graphPrograms(
    { kind: 'flow', features, graph, classes, block: BLOCK_ROWS },
    engine,
  )
  let evaluations = 0
  const labelsFor = (x: Samples, labels: Int32Array | undefined) =>
    classes === undefined ? undefined : checkLabels('flow', x.shape[0], labels, classes)
  return {
    kind: 'flow',
    options,
    features,
    graph,
    logDet,
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
    async dispose() {
      await map.dispose()
      await dispose()
    },
  }
}

const savedOptions = z.object(flowOptions)

export const restoreFlow: Restore = ({ options: saved, features, description, tensors }, engine = {}) => {
  const numbers = (name: string, length: number): Float64Array => {
    const data = tensors.get(name)?.data
    if (data?.length !== length)
      throw failureError(`saved flow: tensor '${name}' is missing or damaged: fit again`)
    return Float64Array.from(data, Number)
  }
  const own = savedOptions.parse(saved)
  const network = networkFor(networkOptions(own, features))
  const [known] = numbers('classes', 1)
  const classes = known > 0 ? known : undefined
  const weights = restoredWeights(tensors, parametersOf(network, features, classes))
  const trained = { network, weights, classes }
  const steps = { method: methodOf(own), fineness: numbers('fineness', 1)[0] }
  const scaling = { mean: numbers('mean', sizeOf(features)), scale: numbers('scale', 1)[0] }
  return fittedFlow(
    { options: saved, features, description, trained, scaling, steps },
    flowMap(trained, engine),
    engine,
  )
}

/** The same flow, solved by other steps. @throws WhitewaterError (usage) for a map of another kind */
export function withSteps(
  fitted: FittedPreconditioner,
  { method, fineness }: Steps,
  engine?: CompileOptions,
): FittedPreconditioner {
  const { kind, features, options, tensors } = fitted
  if (kind !== 'flow') throw usageError(`${kind} has no solver: give a fitted flow`)
  const others = Object.entries(options).filter(([name]) => name !== 'solverSteps')
  const saved = {
    kind,
    features,
    description: fitted.describe(),
    options: { ...Object.fromEntries(others), method: method.name },
    tensors: new Map(tensors).set('fineness', ndarray(Float64Array.of(fineness), [1])),
  }
  return restoreFlow(saved, engine)
}
