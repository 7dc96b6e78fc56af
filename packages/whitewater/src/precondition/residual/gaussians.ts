// The Gaussians that a residual knows: fitted to data, as tensors to keep, and back.
import { ndarray, type NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset } from '../../data/dataset.ts'
import { failureError, type WhitewaterError } from '../../errors.ts'
import type { FitOptions } from '../preconditioner.ts'
import {
  borrowing,
  directionsOf,
  partOf,
  partsOfClasses,
  together,
  within,
  type Directions,
} from './statistics.ts'

export const covarianceKinds = ['plain', 'class-means', 'class'] as const
export type Covariance = (typeof covarianceKinds)[number]

const bases = ['eigen', 'symmetric', 'none'] as const
export type Basis = (typeof bases)[number]

/** Options that every residual of Gaussians takes. */
export const gaussianOptions = {
  basis: z
    .enum(bases)
    .optional()
    .describe(
      "what the network sees: eigen-directions, the data's own axes (symmetric), or single features (none)",
    ),
  floor: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('variances below this share of the largest are raised to it; 1e-8 unless given'),
  pool: z
    .number()
    .min(0)
    .optional()
    .describe('samples that a class borrows from the covariance within classes; features + 1 unless given'),
}

/** What of a residual's options says which Gaussians it is fitted to. */
export interface GaussianChoice {
  readonly covariance: Covariance
  readonly basis: Basis
  readonly floor: number
  readonly pool?: number
}

/** The Gaussian of each label; a single one where labels do not matter, else the null class comes last. */
export interface Gaussians {
  readonly means: readonly Float64Array[]
  readonly sets: readonly Directions[]
  /** Which of the sets each label has. */
  readonly setOfLabel: Int32Array
}

/** @throws WhitewaterError for data without the labels that the choice needs, or that do not vary */
export async function gaussiansOf(
  kind: string,
  data: Dataset,
  { covariance, basis, floor, pool }: GaussianChoice,
  { engine }: FitOptions = {},
): Promise<Gaussians> {
  const diagonal = basis === 'none'
  const limits = { name: data.name, floor }
  if (covariance === 'plain') {
    const { count, mean, scatter } = await partOf(data, diagonal, engine)
    const own = await directionsOf(scatter, count - 1, limits, mean.length)
    return { means: [mean], sets: [own], setOfLabel: Int32Array.of(0) }
  }
  const parts = await partsOfClasses(kind, data, diagonal, engine)
  const all = together(parts)
  const d = all.mean.length
  const means = [...parts, all].map(({ mean }) => mean)
  const ofAll = await directionsOf(all.scatter, all.count - 1, limits, d)
  if (covariance === 'class-means') {
    const setOfLabel = new Int32Array(parts.length + 1)
    setOfLabel[parts.length] = 1
    const shared = await directionsOf(within(parts), all.count - parts.length, limits, d)
    return { means, sets: [shared, ofAll], setOfLabel }
  }
  const sets: Directions[] = []
  for (const { scatter, divisor } of borrowing(parts, pool ?? d + 1))
    sets.push(await directionsOf(scatter, divisor, limits, d))
  return { means, sets: [...sets, ofAll], setOfLabel: Int32Array.from(means.keys()) }
}

/** Rows of the same length as one array [rows, d]. */
export function table(rows: readonly Float64Array[]): NdArray<Float64Array> {
  const d = rows[0].length
  const data = new Float64Array(rows.length * d)
  rows.forEach((row, i) => {
    data.set(row, i * d)
  })
  return ndarray(data, [rows.length, d])
}

/** The rows of `table`; undefined where there is no such array. */
export function rowsOf(array: NdArray | undefined, d: number): Float64Array[] | undefined {
  if (!(array?.data instanceof Float64Array) || array.data.length === 0) return undefined
  const { data } = array
  return Array.from({ length: data.length / d }, (_, i) => data.subarray(i * d, (i + 1) * d))
}

export function tensorsOf({ means, sets, setOfLabel }: Gaussians): Map<string, NdArray> {
  const d = means[0].length
  const vectors = sets.flatMap((set) => set.vectors ?? [])
  return new Map<string, NdArray>([
    ['means', table(means)],
    ['set_of_label', ndarray(setOfLabel, [setOfLabel.length])],
    ['variances', table(sets.map(({ values }) => values))],
    ...vectors.map((set, g): [string, NdArray] => [`vectors.${g}`, ndarray(set, [d, d])]),
  ])
}

/** What `tensorsOf` made; undefined where something is missing. */
export function gaussiansIn(tensors: ReadonlyMap<string, NdArray>, d: number): Gaussians | undefined {
  const means = rowsOf(tensors.get('means'), d)
  const values = rowsOf(tensors.get('variances'), d)
  const setOfLabel = tensors.get('set_of_label')?.data
  if (!means || !values || !(setOfLabel instanceof Int32Array)) return undefined
  const sets = values.map((own, g): Directions => {
    const vectors = tensors.get(`vectors.${g}`)?.data
    return { values: own, floored: 0, ...(vectors instanceof Float64Array && { vectors }) }
  })
  return { means, sets, setOfLabel }
}

export const damaged = (kind: string): WhitewaterError =>
  failureError(`saved ${kind} residual lacks some of its arrays or options: the folder is damaged, fit again`)
