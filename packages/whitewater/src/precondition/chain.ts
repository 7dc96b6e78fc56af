// Preconditioners one after the other: x~ = P_k(... P_1(x)), each fitted to what the ones before it give.
import { add, randomStream, type NdArray, type Tensor } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { usageError } from '../errors.ts'
import type { Restore, Saved } from './kind.ts'
import type {
  FittedPreconditioner,
  FitOptions,
  InvertibleGraph,
  Preconditioner,
  Samples,
  Settings,
} from './preconditioner.ts'

/** Between the names of the parts, in a chain's own name. */
export const link = '+'

/** Each part's entries under its place: `1.floor`. */
const numbered = <T>(parts: readonly Iterable<readonly [string, T]>[]): [string, T][] =>
  parts.flatMap((part, at) => [...part].map(([name, value]): [string, T] => [`${at}.${name}`, value]))

/** The entries of one part. */
const entriesOf = <T>(entries: Iterable<readonly [string, T]>, at: number): [string, T][] =>
  [...entries].flatMap(([name, value]): [string, T][] =>
    name.startsWith(`${at}.`) ? [[name.slice(`${at}.`.length), value]] : [],
  )

const chainSettings = (parts: readonly Settings[]): Settings =>
  Object.fromEntries(numbered(parts.map((part) => Object.entries(part))))

/** One part's share of a chain's options or description. */
const settingsAt = (settings: Settings, at: number): Settings =>
  Object.fromEntries(entriesOf(Object.entries(settings), at))

/** Each part's share of a chain's options. @throws WhitewaterError (usage) for an option that says no part */
export function settingsOfParts(kind: string, settings: Settings): Settings[] {
  const parts = kind.split(link)
  const stray = Object.keys(settings).find((name) => !parts.some((_, at) => name.startsWith(`${at}.`)))
  if (stray !== undefined) {
    const name = stray.replace(/^\d+\./, '')
    throw usageError(
      `${kind} takes options numbered by part, from 0. to ${parts.length - 1}., got ${stray}: write 0.${name} to give it to ${parts[0]}`,
    )
  }
  return parts.map((_, at) => settingsAt(settings, at))
}

/** What each map of a chain says of itself; one alone is a chain of one. */
export function partsDescribed({ kind, describe }: Pick<FittedPreconditioner, 'kind' | 'describe'>) {
  const description = describe()
  const parts = kind.split(link)
  if (parts.length === 1) return [{ kind, description }]
  return parts.map((part, at) => ({ kind: part, description: settingsAt(description, at) }))
}

/** log |det| of a composition is the sum of those of its parts, each where the ones before it lead. */
const logDetGraph =
  (graphs: readonly InvertibleGraph[]) =>
  (x: Tensor, labels?: Tensor): Tensor => {
    let h = x
    const terms = graphs.flatMap((graph) => {
      const term = graph.logDet?.(h, labels)
      h = graph.forward(h, labels)
      return term ? [term] : []
    })
    return terms.reduce((a, b) => add(a, b))
  }

function composed(graphs: readonly InvertibleGraph[]): InvertibleGraph {
  return {
    forward: (x, labels) => graphs.reduce((h, graph) => graph.forward(h, labels), x),
    inverse: (z, labels) => graphs.reduceRight((h, graph) => graph.inverse(h, labels), z),
    ...(graphs.every((graph) => graph.logDet) && { logDet: logDetGraph(graphs) }),
  }
}

async function summedLogDet(maps: readonly FittedPreconditioner[], x: Samples, labels?: Int32Array) {
  const total = new Float64Array(x.shape[0])
  let h = x
  for (const map of maps) {
    const part = await map.logDet?.(h, labels)
    part?.forEach((value, i) => (total[i] += value))
    h = await map.transform(h, labels)
  }
  return total
}

/** The same samples with component labels, where a map sorts them into components. */
export async function withComponents({ components }: FittedPreconditioner, data: Dataset): Promise<Dataset> {
  if (!components) return data
  const labels = await components.assign(data.samples, data.labels)
  return { ...data, labels, classes: (data.classes ?? 1) * components.perClass }
}

function fittedChain(
  maps: readonly FittedPreconditioner[],
  description = chainSettings(maps.map((map) => map.describe())),
): FittedPreconditioner {
  const covariances = maps.flatMap(({ covarianceAfter }) => covarianceAfter ?? [])
  const counts = maps.flatMap(({ evaluations }) => evaluations ?? [])
  return {
    kind: maps.map(({ kind }) => kind).join(link),
    options: chainSettings(maps.map(({ options }) => options)),
    features: maps[0].features,
    components: maps[0].components,
    graph: composed(maps.map(({ graph }) => graph)),
    async transform(x, labels) {
      let h = x
      for (const map of maps) h = await map.transform(h, labels)
      return h
    },
    async invert(z, labels) {
      let h = z
      for (const map of maps.toReversed()) h = await map.invert(h, labels)
      return h
    },
    ...(maps.every(({ logDet }) => logDet) && { logDet: (x, labels) => summedLogDet(maps, x, labels) }),
    ...(covariances.length === maps.length && {
      async covarianceAfter(sigma) {
        let after = sigma
        for (const map of covariances) after = await map(after)
        return after
      },
    }),
    ...(counts.length > 0 && { evaluations: () => counts.reduce((sum, count) => sum + count(), 0) }),
    describe: () => description,
    tensors: new Map(numbered<NdArray>(maps.map(({ tensors }) => tensors))),
    async dispose() {
      for (const map of maps) await map.dispose()
    },
  }
}

/** A chain of chains is one chain: its name and its numbers then say the same. */
const partsOf = new WeakMap<Preconditioner, readonly Preconditioner[]>()

/** Parts that draw numbers draw different ones. */
const seededFor = (options: FitOptions | undefined, at: number): FitOptions => ({
  ...options,
  seed: at === 0 ? options?.seed : randomStream(options?.seed ?? 0).split(`part ${at}`).state.key,
})

/** @throws WhitewaterError (usage) for components behind the first part: the parts before would be given labels they do not know */
async function fitParts(
  parts: readonly Preconditioner[],
  data: Dataset,
  options: FitOptions | undefined,
  maps: FittedPreconditioner[],
): Promise<void> {
  let rest = data
  for (const [at, part] of parts.entries()) {
    const map = await part.fit(rest, seededFor(options, at))
    maps.push(map)
    if (at > 0 && map.components)
      throw usageError(
        `${map.kind} sorts samples into components, which the parts of a chain before it cannot know: put it first`,
      )
    if (at === parts.length - 1) return
    rest = await withComponents(map, rest)
    rest = { ...rest, samples: await map.transform(rest.samples, rest.labels) }
  }
}

/**
 * `chain(zca(), realNvp())`: each part is fitted to the data as the parts before it leave it. Cost and exactness add up.
 * Where the first part sorts samples into components, the parts after it are given those labels.
 * @throws WhitewaterError (usage) for no parts
 */
export function chain(...given: readonly Preconditioner[]): Preconditioner {
  const parts = given.flatMap((part) => partsOf.get(part) ?? [part])
  if (parts.length === 0) throw usageError('chain of nothing: give at least one preconditioner')
  if (parts.length === 1) return parts[0]
  const whole: Preconditioner = {
    kind: parts.map(({ kind }) => kind).join(link),
    options: chainSettings(parts.map(({ options }) => options)),
    needsLabels: parts.some(({ needsLabels }) => needsLabels),
    mapSize: (dimension, classes) =>
      parts.reduce((sum, part) => sum + (part.mapSize?.(dimension, classes) ?? 2 * dimension ** 2), 0),
    async fit(data, options) {
      const maps: FittedPreconditioner[] = []
      try {
        await fitParts(parts, data, options, maps)
        return fittedChain(maps)
      } catch (error) {
        for (const map of maps) await map.dispose()
        throw error
      }
    },
  }
  partsOf.set(whole, parts)
  return whole
}

/** Brings back a saved chain, given how a part of a kind comes back. */
export const restoreChain =
  (restoreOf: (kind: string) => Restore): Restore =>
  (saved, engine) => {
    const kinds = saved.kind.split(link)
    const partAt = (kind: string, at: number): Saved => ({
      kind,
      features: saved.features,
      options: settingsAt(saved.options, at),
      description: settingsAt(saved.description, at),
      tensors: new Map(entriesOf(saved.tensors, at)),
    })
    const maps = kinds.map((kind, at) => restoreOf(kind)(partAt(kind, at), engine))
    return fittedChain(maps, saved.description)
  }
