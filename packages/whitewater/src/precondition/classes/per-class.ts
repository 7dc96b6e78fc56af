// Class-conditional preconditioning: one map per class, x~ = P_y(x). With whitening inside, every component of a mixture is
// perfectly conditioned (appendix F.2, P_k = Sigma_k^-1/2).
import { sizeOf } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset, SampleBlocks } from '../../data/dataset.ts'
import { failureError, usageError } from '../../errors.ts'
import { link } from '../chain.ts'
import { perClassMap, restoreMaps } from './class-maps.ts'
import {
  classMomentsOfBlocks,
  classMomentsOfEach,
  pooledMoments,
  type ClassMoments,
} from './class-moments.ts'
import { partsOf, prefix, rowsOfClasses } from './class-parts.ts'
import type { Restore } from '../kind.ts'
import type { DataMoments } from '../linear/moments.ts'
import {
  isFromMoments,
  type FittedPreconditioner,
  type FitOptions,
  type Preconditioner,
  type Settings,
} from '../preconditioner.ts'

export interface PerClassOptions {
  /**
   * Samples' worth of the covariance within all classes that is mixed into each class's own,
   * ((n_k - 1) S_k + pool S_W) / (n_k - 1 + pool). As many as there are dimensions is a good choice where some classes have few
   * samples; classes of many keep their own. 0 unless given: every class by itself.
   */
  readonly pool?: number
}

export interface PerClassPreconditioner extends Preconditioner {
  /** The same fit from each class's moments, in the order of the labels, where the inner map needs nothing else. */
  readonly fitClassMoments?: (
    classes: readonly ClassMoments[],
    options?: FitOptions,
  ) => Promise<FittedPreconditioner>
}

export const poolOption = z
  .number()
  .min(0)
  .optional()
  .describe(
    "samples' worth of the covariance within all classes that each class's own is mixed with; 0 unless given",
  )

/** What a reader should know of all classes: how many variances hit the floor, and in which classes. */
function describeClasses(
  maps: readonly FittedPreconditioner[],
  options: Settings,
  features: readonly number[],
): Settings {
  const counts = maps.map((map) => Number(map.describe().floored ?? 0))
  const floored = counts.reduce((sum, count) => sum + count, 0)
  const flooredClasses = counts.flatMap((count, label) => (count > 0 ? [label] : [])).join(', ')
  return {
    ...options,
    floored,
    ...(floored > 0 && { flooredClasses }),
    features: sizeOf(features),
    classes: maps.length,
  }
}

/** One fit after the other; where one fails, those before it are given back. */
async function fitEach<Part>(
  parts: readonly Part[],
  fit: (part: Part) => Promise<FittedPreconditioner>,
): Promise<FittedPreconditioner[]> {
  const maps: FittedPreconditioner[] = []
  try {
    for (const part of parts) maps.push(await fit(part))
    return maps
  } catch (error) {
    for (const map of maps) await map.dispose()
    throw error
  }
}

/** @throws WhitewaterError (usage) for inner maps that cannot be had a class */
function checkInner(inner: Preconditioner, pool: number): void {
  const { kind } = inner
  if (kind.includes(link)) {
    const parts = kind.split(link).map((part) => prefix + part)
    throw usageError(
      `a chain a class is a chain of maps a class: give ${parts.join(link)} in place of ${kind}`,
    )
  }
  if (!(pool >= 0 && pool < Infinity))
    throw usageError(`${prefix}${kind}: pool is ${pool}, expected a number of samples, 0 or more`)
  if (pool > 0 && !isFromMoments(inner))
    throw usageError(
      `${prefix}${kind}: pool mixes covariances, and this ${kind} is not fitted to those alone: leave pool out`,
    )
}

/**
 * Fits `inner` to the samples of each class by themselves; both directions then need the label of every sample, which a
 * class-conditional generator always has. Cost and exactness are those of `inner`; memory is one inner map a class.
 * With zca, every class comes out with zero mean and unit covariance: kappa = 1 along the path of each component (F.2).
 * Classes of fewer samples than dimensions have directions without variance; `pool` gives them those of the others.
 * @throws WhitewaterError (usage) for a chain, or for `pool` with a map that is not fitted to mean and covariance
 */
export function perClass(inner: Preconditioner, { pool = 0 }: PerClassOptions = {}): PerClassPreconditioner {
  checkInner(inner, pool)
  const kind = prefix + inner.kind
  const needs = { kind, least: pool > 0 ? 1 : 2 }
  const own: Settings = pool > 0 ? { pool } : {}
  const options = { ...inner.options, ...own }
  const whole = (features: readonly number[], maps: readonly FittedPreconditioner[]) =>
    perClassMap({
      kind,
      options,
      features,
      maps,
      description: describeClasses(maps, { ...maps[0].options, ...own }, features),
    })
  const fitClassMoments = async (classes: readonly ClassMoments[], fitting?: FitOptions) => {
    const maps = await fitMomentsEach(
      inner,
      pooledMoments(classes, () => pool),
      fitting,
    )
    return whole(classes[0].features, maps)
  }
  return {
    kind,
    options,
    needsLabels: true,
    mapSize: (dimension, classes) => classes * (inner.mapSize?.(dimension, 1) ?? 2 * dimension ** 2),
    async fit(data, fitting) {
      const parts = partsOf(needs, data)
      if (pool > 0) return fitClassMoments(await classMomentsOfEach(parts, fitting?.engine), fitting)
      const maps = await fitEach(parts, (part) => fitOne(inner, part, fitting))
      return whole(data.samples.shape.slice(1), maps)
    },
    ...(isFromMoments(inner) && {
      fitClassMoments,
      async fitBlocks(data: SampleBlocks, fitting?: FitOptions) {
        const counts = rowsOfClasses(needs, data).map(({ length }) => length)
        return fitClassMoments(await classMomentsOfBlocks(data, counts, fitting?.engine), fitting)
      },
    }),
  }
}

/** A map for each mean and covariance, all held at once. */
export function fitMomentsEach(
  inner: Preconditioner,
  all: readonly DataMoments[],
  fitting?: FitOptions,
): Promise<FittedPreconditioner[]> {
  if (!isFromMoments(inner)) throw new TypeError(`${inner.kind} is not fitted to moments`)
  return fitEach(all, (moments) => inner.fitMoments(moments, fitting))
}

async function fitOne(
  inner: Preconditioner,
  part: Dataset,
  options?: FitOptions,
): Promise<FittedPreconditioner> {
  const map = await inner.fit(part, options)
  if (!map.components) return map
  await map.dispose()
  throw usageError(`${prefix}${inner.kind}: ${inner.kind} keeps classes apart by itself, choose it instead`)
}

/** `perClass` by name: `pool` is its own option, the others are those of the inner map. */
export function classPreconditioner(
  { pool, ...rest }: Settings,
  inner: (options: Settings) => Preconditioner,
): PerClassPreconditioner {
  const made = inner(rest)
  if (pool === undefined) return perClass(made)
  if (typeof pool === 'number') return perClass(made, { pool })
  throw usageError(`${prefix}${made.kind}: pool is ${JSON.stringify(pool)}, expected a number of samples`)
}

/** Brings back what `perClass(inner)` saved, given how `inner` comes back. */
export const restorePerClass =
  (restoreInner: Restore): Restore =>
  (saved, engine) => {
    const { kind, options, features, description } = saved
    const classes = Number(description.classes)
    if (!(Number.isInteger(classes) && classes > 0)) {
      throw failureError(
        `saved ${kind}: its description does not say how many classes it has: the folder is damaged, fit again`,
      )
    }
    const maps = restoreMaps(saved, classes, restoreInner, engine)
    return perClassMap({ kind, options, features, description, maps })
  }
