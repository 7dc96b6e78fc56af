// RealNVP (Dinh, Sohl-Dickstein & Bengio 2017) as a preconditioner: a conditional normalizing flow trained by maximum likelihood
// carries the data to N(0, I) exactly invertibly, so that the main flow has little left to do (section 4 of the paper).
import { ndarray, randomStream, sizeOf, type CompileOptions, type NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset } from '../../data/dataset.ts'
import { split, take } from '../../data/subset.ts'
import { failureError, usageError } from '../../errors.ts'
import { onCpu } from '../../linalg/on-cpu.ts'
import { couplingMasks } from '../../nn/networks/coupling-masks.ts'
import type { Mask } from '../../nn/networks/coupling.ts'
import { constantWeights, type Weights } from '../../nn/weights.ts'
import { restoreAffine } from '../linear/affine.ts'
import { kindOf, type Restore } from '../kind.ts'
import type { FitOptions, FittedPreconditioner, Preconditioner, Settings } from '../preconditioner.ts'
import { graphPrograms } from '../programs.ts'
import { frameGraph, realNvpGraph, type RealNvp } from './real-nvp/graph.ts'
import {
  optionsShape,
  realNvpSettings,
  type RealNvpOptions,
  type RealNvpSettings,
} from './real-nvp/options.ts'
import { boundsOf } from './real-nvp/tails.ts'
import { fitRealNvp } from './real-nvp/train.ts'
import { standardise } from '../linear/standardise.ts'

export type { RealNvpOptions } from './real-nvp/options.ts'

const kind = 'real-nvp'

/** Held-out samples that are looked at, at most: the mean over these is sharp enough. */
const MOST_HELD_OUT = 4096

/** What tensors' names begin with. */
const SCALE_PREFIX = 'scale.'
const WEIGHTS_PREFIX = 'weights.'

function masksFor({ mask, couplings }: RealNvpSettings, features: readonly number[], seed: number): Mask[] {
  const size = sizeOf(features)
  const shape = `[${features.join(', ')}]`
  if (size < 2) throw failureError(`${kind} maps features by one another: samples ${shape} have only one`)
  const masks = couplingMasks(mask, features, couplings, randomStream(seed))
  if (masks.some((one) => one.every((passes) => passes)))
    throw usageError(
      `${kind}: mask '${mask}' leaves nothing to map in samples ${shape}: choose alternating or random`,
    )
  return masks
}

interface Saved {
  readonly flow: RealNvp
  readonly scale: FittedPreconditioner
  /** Largest |x_j| of the standardised training samples, [d]. */
  readonly bounds: Float32Array
  readonly weights: Weights
  readonly description: Settings
}

function fittedRealNvp(
  { flow, scale, bounds, weights, description }: Saved,
  engine?: CompileOptions,
): FittedPreconditioner {
  const { features, classes, masks, settings } = flow
  const frame = frameGraph(scale.graph, bounds)
  const graph = realNvpGraph(constantWeights(weights), flow, frame)
  const passing = Int32Array.from(masks.flat(), Number)
  return {
    ...graphPrograms({ kind, features, graph, classes }, onCpu(engine)),
    kind,
    features,
    options: settings,
    describe: () => description,
    tensors: new Map<string, NdArray>([
      ...[...scale.tensors].map(([name, value]) => [SCALE_PREFIX + name, value] as const),
      ['bounds', ndarray(bounds, [bounds.length])],
      ['masks', ndarray(passing, [masks.length, sizeOf(features)])],
      ...[...weights].map(([name, value]) => [WEIGHTS_PREFIX + name, value] as const),
    ]),
  }
}

const sizeOfAll = (weights: Weights): number =>
  [...weights.values()].reduce((sum, { data }) => sum + data.length, 0)

async function fit(
  data: Dataset,
  options: RealNvpOptions,
  { looks, ...fitting }: FitOptions,
): Promise<FittedPreconditioner> {
  const features = data.samples.shape.slice(1)
  const settings = realNvpSettings(options, sizeOf(features))
  const { seed = 0, engine } = fitting
  const masks = masksFor(settings, features, seed)
  const [kept, rest] = split(data, 1 - settings.heldOut, seed)
  const scale = await standardise({ floor: settings.floor }).fit(kept, fitting)
  const heldOut = rest.samples.shape[0] > MOST_HELD_OUT ? take(rest, MOST_HELD_OUT) : rest
  const bounds = boundsOf(await scale.transform(kept.samples), sizeOf(features))
  const frame = graphPrograms({ kind, features, graph: frameGraph(scale.graph, bounds) }, onCpu(engine))
  const framed = async (part: Dataset) => ({ ...part, samples: await frame.transform(part.samples) })
  const classes = settings.conditional ? data.classes : undefined
  const flow = { settings, features, classes, masks }
  const logDets = (await frame.logDet?.(heldOut.samples)) ?? new Float64Array(1)
  const offset = -logDets.reduce((sum, value) => sum + value, 0) / logDets.length / sizeOf(features)
  const parts = { train: await framed(kept), heldOut: await framed(heldOut) }
  await frame.dispose()
  const lend = looks && {
    at: looks.at.map((share) => Math.round(share * settings.steps)),
    async take(weights: Weights, step: number) {
      const now = fittedRealNvp({ flow, scale, bounds, weights, description: {} }, engine)
      await looks.take((x, labels) => now.transform(x, labels), step).finally(() => now.dispose())
    },
  }
  const trained = await fitRealNvp(flow, parts, { ...fitting, offset, lend })
  const { weights, steps, bestStep, heldOut: loss } = trained
  const description = {
    parameters: sizeOfAll(weights),
    steps,
    bestStep,
    heldOutNats: loss + offset,
    heldOutSamples: heldOut.samples.shape[0],
    ...(classes !== undefined && { classes }),
    floored: scale.describe().floored,
  }
  return fittedRealNvp({ flow, scale, bounds, weights, description }, engine)
}

/**
 * P: standardisation, then affine couplings to N(0, I), trained by maximum likelihood until held-out samples say stop. Labels
 * condition the couplings where the data has them, and both directions then need the label of every sample. Training is O(steps batch
 * parameters), both directions and the log-determinant one pass over the couplings; the inverse is exact to float32.
 */
export const realNvp = (options: RealNvpOptions = {}): Preconditioner => ({
  kind,
  options,
  mapSize(dimension) {
    const { couplings, width, depth } = realNvpSettings(options, dimension)
    return couplings * width * (1.5 * dimension + (depth - 1) * width)
  },
  fit: (data, fitting = {}) => fit(data, options, fitting),
})

const partOf = (tensors: ReadonlyMap<string, NdArray>, prefix: string): Map<string, NdArray> =>
  new Map(
    [...tensors].flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    ),
  )

const damaged = (why: string): Error =>
  failureError(`saved ${kind}: ${why}: the folder is damaged, fit again`)

function masksOf(saved: NdArray | undefined, size: number, couplings: number): Mask[] {
  const pairs = Math.ceil(couplings / 2)
  if (!(saved?.data instanceof Int32Array) || saved.data.length !== pairs * size)
    throw damaged(`tensor 'masks' is missing or is not int32 [${pairs}, ${size}]`)
  const passing = Array.from(saved.data, (value) => value === 1)
  return Array.from({ length: pairs }, (_, pair) => passing.slice(pair * size, (pair + 1) * size))
}

const restore: Restore = ({ features, options, description, tensors }, engine) => {
  const size = sizeOf(features)
  const parsed = z.object(optionsShape).safeParse(options)
  if (!parsed.success) throw damaged('its options are not those of real-nvp')
  const settings = realNvpSettings(parsed.data, size)
  const masks = masksOf(tensors.get('masks'), size, settings.couplings)
  const scale = restoreAffine(
    {
      kind: 'standardise',
      features,
      options: {},
      description: {},
      tensors: partOf(tensors, SCALE_PREFIX),
    },
    engine,
  )
  const classes = description.classes === undefined ? undefined : Number(description.classes)
  const flow = { settings, features, classes, masks }
  const bounds = tensors.get('bounds')?.data
  if (!(bounds instanceof Float32Array) || bounds.length !== size)
    throw damaged(`tensor 'bounds' is missing or is not float32 [${size}]`)
  return fittedRealNvp({ flow, scale, bounds, weights: partOf(tensors, WEIGHTS_PREFIX), description }, engine)
}

export const realNvpKind = kindOf({
  name: kind,
  about: 'a conditional normalizing flow: carries any data near N(0, I); trained, exact inverse',
  trained: true,
  options: optionsShape,
  make: realNvp,
  restore,
})
