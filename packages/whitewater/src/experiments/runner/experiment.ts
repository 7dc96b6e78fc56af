// What a controlled experiment is: a declared grid of runs, how one run is measured, and how the measurements are shown. The
// runner knows nothing of any one experiment; an experiment knows nothing of processes, files and resuming.
import type { CompileOptions } from '@whitewater/tensor'
import type { z } from 'zod'
import { failureError } from '../../errors.ts'
import type { Source } from '../../data/source.ts'
import type { Section } from '../../report/document.ts'
import type { Table } from '../../report/table.ts'
import { checkedOptions, type GivenOptions, type Option, type OptionTable } from './options.ts'

/** What a person asks of an experiment. */
export interface Request {
  /** Minutes instead of the full thing. */
  readonly quick: boolean
  /** Repetitions of each cell; the experiment's own number unless given. */
  readonly seeds?: number
  /** For experiments on any data. */
  readonly data?: Source
}

/** A request before the experiment has checked the options that only some have. */
export interface Asked extends Request {
  readonly options?: GivenOptions
}

/** One run of the grid: plain data that says all there is to know to measure it, in any process, with the same result. */
export interface Cell<S> {
  /** Unique in the grid and good as a file's name: `kappa-1000_zca_seed-0`. */
  readonly name: string
  readonly seed: number
  readonly settings: S
}

export interface Measuring {
  readonly engine: CompileOptions
  /** `done` of `total` of this run, in any unit; `what` is counted where runs are prepared: 'steps of the autoencoder'. */
  readonly onProgress: (done: number, total: number, what?: string) => void
  readonly signal?: AbortSignal
  /** Where a run that takes long may keep what it needs to go on after it was killed; removed when the run is done. */
  readonly folder?: string
}

/** A run that has been measured. */
export interface Measured<S, R> extends Cell<S> {
  readonly result: R
  /** Wall time of the run. */
  readonly seconds: number
}

export interface Presentation {
  readonly table: Table
  /** What the table's numbers are: N, seeds, sampler, what is bold. */
  readonly caption: string
  /** What was found, in a few sentences made from the numbers, also where it is not what the paper says. */
  readonly summary: string
  /** Figures and their captions. */
  readonly sections: readonly Section[]
}

interface Facts {
  readonly name: string
  readonly title: string
  /** One line: what is compared, and which figure or table of the paper it is. */
  readonly about: string
  /** Whether it runs on data of the user's choice. */
  readonly takesData?: boolean
  /** The data it runs on unless told, where options of it can be given without its name. */
  readonly ownData?: string
}

interface Runs<S, R, O> extends Facts {
  /** What it can be asked for beside its size, seeds and data. */
  readonly options?: OptionTable<O>
  /** What of them tells folders of results apart. */
  folderParts?(options: Partial<O>): readonly string[]
  grid(request: Request & Partial<O>): readonly Cell<S>[]
  measure(cell: Cell<S>, measuring: Measuring): Promise<R>
  /** What `measure` returns, as it is kept in a file; plain JSON. */
  readonly result: z.ZodType<R>
}

export interface ExperimentSpec<S, R, O> extends Runs<S, R, O> {
  present(runs: readonly Measured<S, R>[]): Promise<Presentation> | Presentation
}

/** An experiment whose runs share something that is made once, before them. */
export interface SharingSpec<S, R, P, O> extends Runs<S, R, O> {
  /** Makes it where `measure` will find it; comes back soon where it is there already. */
  prepare(request: Request & Partial<O>, measuring: Measuring): Promise<P>
  readonly prepared: z.ZodType<P>
  /** @throws WhitewaterError for a result that was measured with something else; `run` says which */
  check(result: R, prepared: P, run: string): void
  present(runs: readonly Measured<S, R>[], prepared: P): Promise<Presentation> | Presentation
}

/** What is kept of a run, as it comes back from a file or another process. */
export interface Kept {
  readonly name: string
  readonly seconds: number
  readonly result: unknown
}

/** An experiment whose settings, options and results are its own business: what the runner sees. */
export interface Experiment extends Required<Omit<Facts, 'ownData'>>, Pick<Facts, 'ownData'> {
  readonly options: Readonly<Record<string, Pick<Option<unknown>, 'about' | 'placeholder'>>>
  /**
   * The request's options, checked, by name.
   * @throws WhitewaterError (usage) for one that it does not take, or a value that does not fit; so do all that take a request
   */
  optionsOf(asked: Asked): GivenOptions
  /** What of the options tells folders of results apart. */
  folderParts(asked: Asked): readonly string[]
  cells(asked: Asked): readonly Cell<unknown>[]
  /** Where its runs share something: makes it. */
  readonly prepare?: (asked: Asked, measuring: Measuring) => Promise<unknown>
  /** @throws WhitewaterError for a name that the grid does not have */
  measure(asked: Asked, name: string, measuring: Measuring): Promise<unknown>
  /** Whether a kept result still has the form of today's. */
  accepts(result: unknown): boolean
  /** @throws WhitewaterError for a result that was measured with something else than what `prepare` gave */
  check(kept: Kept, prepared?: unknown): void
  present(asked: Asked, kept: readonly Kept[], prepared?: unknown): Promise<Presentation>
}

/** All but what is shared. */
function hidden<S, R, O>(spec: Runs<S, R, O>) {
  const { name, title, about, takesData = false, ownData, options } = spec
  const optionsOf = ({ options: given = {} }: Asked): Partial<O> =>
    options ? checkedOptions(name, options, given) : checkedOptions<object>(name, {}, given)
  const requestOf = (asked: Asked): Request & Partial<O> => {
    const { quick, seeds, data } = asked
    return { quick, seeds, data, ...optionsOf(asked) }
  }
  const cells = (asked: Asked): readonly Cell<S>[] => spec.grid(requestOf(asked))
  const cellNamed = (asked: Asked, wanted: string): Cell<S> => {
    const cell = cells(asked).find((one) => one.name === wanted)
    if (!cell) throw failureError(`${name} has no run '${wanted}' in its grid`)
    return cell
  }
  const experiment = {
    name,
    title,
    about,
    takesData,
    ownData,
    optionsOf,
    cells,
    options: { ...options },
    folderParts: (asked: Asked) => spec.folderParts?.(optionsOf(asked)) ?? [],
    measure: (asked: Asked, wanted: string, measuring: Measuring) =>
      spec.measure(cellNamed(asked, wanted), measuring),
    accepts: (result: unknown) => spec.result.safeParse(result).success,
  }
  const measured = (asked: Asked, kept: readonly Kept[]): Measured<S, R>[] =>
    kept.map(({ name: wanted, seconds, result }) => ({
      ...cellNamed(asked, wanted),
      seconds,
      result: spec.result.parse(result),
    }))
  return { experiment, requestOf, measured }
}

/** Hides an experiment's types from the runner; results that come back from files are checked against its schema. */
export function experiment<S, R, O>(spec: ExperimentSpec<S, R, O>): Experiment {
  const { experiment, measured } = hidden(spec)
  return {
    ...experiment,
    check: () => undefined,
    present: async (asked, kept) => spec.present(measured(asked, kept)),
  }
}

/** The same for runs that share something. */
export function sharingExperiment<S, R, P, O>(spec: SharingSpec<S, R, P, O>): Experiment {
  const { experiment, requestOf, measured } = hidden(spec)
  return {
    ...experiment,
    prepare: async (asked, measuring) => spec.prepare(requestOf(asked), measuring),
    check: ({ name, result }, prepared) =>
      spec.check(spec.result.parse(result), spec.prepared.parse(prepared), name),
    present: async (asked, kept, prepared) =>
      spec.present(measured(asked, kept), spec.prepared.parse(prepared)),
  }
}
