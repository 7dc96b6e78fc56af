// What a controlled experiment is: a declared grid of runs, how one run is measured, and how the measurements are shown. The
// runner knows nothing of any one experiment; an experiment knows nothing of processes, files and resuming.
import type { CompileOptions } from '@whitewater/tensor'
import type { z } from 'zod'
import { failureError } from '../errors.ts'
import type { Source } from '../generator/source.ts'
import type { Section } from '../report/document.ts'
import type { Table } from '../report/table.ts'

/** What a person asks of an experiment. */
export interface Request {
  /** Minutes instead of the full thing. */
  readonly quick: boolean
  /** Repetitions of each cell; the experiment's own number unless given. */
  readonly seeds?: number
  /** For experiments on any data. */
  readonly data?: Source
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
  /** `done` of `total` of this run; any unit. */
  readonly onProgress: (done: number, total: number) => void
  readonly signal?: AbortSignal
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

export interface ExperimentSpec<S, R> {
  readonly name: string
  readonly title: string
  /** One line: what is compared, and which figure or table of the paper it is. */
  readonly about: string
  /** Whether it runs on data of the user's choice. */
  readonly takesData?: boolean
  grid(request: Request): readonly Cell<S>[]
  measure(cell: Cell<S>, measuring: Measuring): Promise<R>
  /** What `measure` returns, as it is kept in a file; plain JSON. */
  readonly result: z.ZodType<R>
  present(runs: readonly Measured<S, R>[], request: Request): Promise<Presentation> | Presentation
}

/** What is kept of a run, as it comes back from a file or another process. */
export interface Kept {
  readonly name: string
  readonly seconds: number
  readonly result: unknown
}

/** An experiment whose settings and results are its own business: what the runner sees. */
export interface Experiment {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly takesData: boolean
  cells(request: Request): readonly Cell<unknown>[]
  /** @throws WhitewaterError for a name that the grid does not have */
  measure(request: Request, name: string, measuring: Measuring): Promise<unknown>
  /** Whether a kept result still has the form of today's. */
  accepts(result: unknown): boolean
  present(request: Request, kept: readonly Kept[]): Promise<Presentation>
}

/** Hides an experiment's types from the runner; results that come back from files are checked against its schema. */
export function experiment<S, R>(spec: ExperimentSpec<S, R>): Experiment {
  const { name, title, about, takesData = false } = spec
  const cellNamed = (request: Request, wanted: string): Cell<S> => {
    const cell = spec.grid(request).find((one) => one.name === wanted)
    if (!cell) throw failureError(`${name} has no run '${wanted}' in its grid`)
    return cell
  }
  return {
    ...{ name, title, about, takesData },
    cells: (request) => spec.grid(request),
    measure: (request, wanted, measuring) => spec.measure(cellNamed(request, wanted), measuring),
    accepts: (result) => spec.result.safeParse(result).success,
    present: async (request, kept) =>
      spec.present(
        kept.map(({ name: wanted, seconds, result }) => ({
          ...cellNamed(request, wanted),
          seconds,
          result: spec.result.parse(result),
        })),
        request,
      ),
  }
}
