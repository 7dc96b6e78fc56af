// What a controlled experiment is: a declared grid of runs, how one run is measured, and how the measurements are shown. The
// runner knows nothing of any one experiment; an experiment knows nothing of processes, files and resuming.
import type { CompileOptions } from '@whitewater/tensor'
import type { z } from 'zod'
import { failureError } from '../../errors.ts'
import type { Source } from '../../data/source.ts'
import type { Section } from '../../report/document.ts'
import type { Table } from '../../report/table.ts'

/** What a person asks of an experiment. */
export interface Request {
  /** Minutes instead of the full thing. */
  readonly quick: boolean
  /** Repetitions of each cell; the experiment's own number unless given. */
  readonly seeds?: number
  /** For experiments on any data. */
  readonly data?: Source
  /** One of the experiment's own, where it has several. */
  readonly budget?: string
  readonly field?: string
  /** Passes over the data in place of the budget's own. */
  readonly epochs?: number
  /** Rows of the table by name; all unless given. */
  readonly rows?: readonly string[]
  /** Folder of what runs share, made elsewhere, in place of making it here. */
  readonly prepared?: string
}

/** What only some experiments can be asked for; the data beside it. */
export const extraChoices = ['budget', 'field', 'epochs', 'rows', 'prepared'] as const
export type ExtraChoice = (typeof extraChoices)[number]

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
  readonly choices?: readonly ExtraChoice[]
}

interface Runs<S, R> extends Facts {
  grid(request: Request): readonly Cell<S>[]
  measure(cell: Cell<S>, measuring: Measuring): Promise<R>
  /** What `measure` returns, as it is kept in a file; plain JSON. */
  readonly result: z.ZodType<R>
}

export interface ExperimentSpec<S, R> extends Runs<S, R> {
  present(runs: readonly Measured<S, R>[], request: Request): Promise<Presentation> | Presentation
}

/** An experiment whose runs share something that is made once, before them. */
export interface SharingSpec<S, R, P> extends Runs<S, R> {
  /** Makes it where `measure` will find it; comes back soon where it is there already. */
  prepare(request: Request, measuring: Measuring): Promise<P>
  readonly prepared: z.ZodType<P>
  /** @throws WhitewaterError for a result that was measured with something else; `run` says which */
  check(result: R, prepared: P, run: string): void
  present(
    runs: readonly Measured<S, R>[],
    request: Request,
    prepared: P,
  ): Promise<Presentation> | Presentation
}

/** What is kept of a run, as it comes back from a file or another process. */
export interface Kept {
  readonly name: string
  readonly seconds: number
  readonly result: unknown
}

/** An experiment whose settings and results are its own business: what the runner sees. */
export interface Experiment extends Required<Omit<Facts, 'ownData'>>, Pick<Facts, 'ownData'> {
  cells(request: Request): readonly Cell<unknown>[]
  /** Where its runs share something: makes it. */
  readonly prepare?: (request: Request, measuring: Measuring) => Promise<unknown>
  /** @throws WhitewaterError for a name that the grid does not have */
  measure(request: Request, name: string, measuring: Measuring): Promise<unknown>
  /** Whether a kept result still has the form of today's. */
  accepts(result: unknown): boolean
  /** @throws WhitewaterError for a result that was measured with something else than what `prepare` gave */
  check(kept: Kept, prepared?: unknown): void
  present(request: Request, kept: readonly Kept[], prepared?: unknown): Promise<Presentation>
}

/** All but what is shared. */
function hidden<S, R>(spec: Runs<S, R>) {
  const { name, title, about, takesData = false, ownData, choices = [] } = spec
  const cellNamed = (request: Request, wanted: string): Cell<S> => {
    const cell = spec.grid(request).find((one) => one.name === wanted)
    if (!cell) throw failureError(`${name} has no run '${wanted}' in its grid`)
    return cell
  }
  const experiment = {
    name,
    title,
    about,
    takesData,
    ownData,
    choices,
    cells: (request: Request) => spec.grid(request),
    measure: (request: Request, wanted: string, measuring: Measuring) =>
      spec.measure(cellNamed(request, wanted), measuring),
    accepts: (result: unknown) => spec.result.safeParse(result).success,
  }
  const measured = (request: Request, kept: readonly Kept[]): Measured<S, R>[] =>
    kept.map(({ name: wanted, seconds, result }) => ({
      ...cellNamed(request, wanted),
      seconds,
      result: spec.result.parse(result),
    }))
  return { experiment, measured }
}

/** Hides an experiment's types from the runner; results that come back from files are checked against its schema. */
export function experiment<S, R>(spec: ExperimentSpec<S, R>): Experiment {
  const { experiment, measured } = hidden(spec)
  return {
    ...experiment,
    check: () => undefined,
    present: async (request, kept) => spec.present(measured(request, kept), request),
  }
}

/** The same for runs that share something. */
export function sharingExperiment<S, R, P>(spec: SharingSpec<S, R, P>): Experiment {
  const { experiment, measured } = hidden(spec)
  return {
    ...experiment,
    prepare: (request, measuring) => spec.prepare(request, measuring),
    check: ({ name, result }, prepared) =>
      spec.check(spec.result.parse(result), spec.prepared.parse(prepared), name),
    present: async (request, kept, prepared) =>
      spec.present(measured(request, kept), request, spec.prepared.parse(prepared)),
  }
}
