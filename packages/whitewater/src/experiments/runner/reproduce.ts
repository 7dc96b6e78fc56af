// `whitewater reproduce`: measures an experiment's grid and writes what came out, as a table, a page and its figures.
import { join } from 'node:path'
import { makeFolder, writeFileAtomic } from '../../data/write.ts'
import { usageError } from '../../errors.ts'
import { writeReport } from '../../report/write.ts'
import type { Section } from '../../report/document.ts'
import type { Table } from '../../report/table.ts'
import type { Asked, Experiment, Presentation } from './experiment.ts'
import { dataHash } from './data-hash.ts'
import { checkMerge } from './merge.ts'
import { runGrid, type GridOptions } from './grid.ts'
import type { KeptRun } from './kept-runs.ts'
import { prepareShared } from './prepare.ts'

export interface ReproduceOptions extends GridOptions {
  /** How the page can be had again: command, machine, versions, date. */
  readonly facts: Readonly<Record<string, string>>
  readonly onStage?: (stage: string) => void
}

export interface Reproduction {
  readonly table: Table
  readonly summary: string
  readonly runs: number
  /** Wall time of all runs, added up. */
  readonly runSeconds: number
  readonly reportPath: string
  readonly summaryPath: string
}

function checkRequest(experiment: Experiment, request: Asked, { fresh, merge }: ReproduceOptions): void {
  if (fresh && merge)
    throw usageError(
      '--fresh measures everything here, and --merge takes what was measured elsewhere: leave out one of the two',
    )
  const { data, seeds } = request
  experiment.optionsOf(request)
  if (data && !experiment.takesData)
    throw usageError(`${experiment.name} makes its own data: leave out ${data.source}`)
  if (seeds !== undefined && !(Number.isInteger(seeds) && seeds >= 1))
    throw usageError(`got ${seeds} seeds, expected a whole number of at least 1`)
}

/** The machines that runs were measured on, with their runs; most runs first. */
function machinesOf(kept: readonly KeptRun[]): Map<string, string[]> {
  const machines = new Map<string, string[]>()
  for (const { name, machine } of kept) machines.set(machine, [...(machines.get(machine) ?? []), name])
  return new Map([...machines].sort(([, a], [, b]) => b.length - a.length))
}

const countsText = (machines: ReadonlyMap<string, readonly string[]>): string =>
  [...machines].map(([machine, { length }]) => `${machine}: ${length} run${length > 1 ? 's' : ''}`).join('; ')

/** Which machine measured which run, where there are several: their times do not compare. */
const machineSections = (machines: ReadonlyMap<string, readonly string[]>): Section[] =>
  machines.size < 2
    ? []
    : [
        {
          heading: 'Machines',
          blocks: [
            {
              kind: 'table',
              table: {
                columns: [
                  { key: 'run', label: 'run' },
                  { key: 'machine', label: 'measured on' },
                ],
                rows: [...machines].flatMap(([machine, names]) => names.map((run) => ({ run, machine }))),
              },
              caption: 'Results of several machines; seconds of different ones do not compare.',
            },
          ],
        },
      ]

const page = (experiment: Experiment, shown: Presentation, facts: ReproduceOptions['facts']) => ({
  title: experiment.title,
  subtitle: experiment.about,
  summary: shown.summary,
  sections: [
    {
      heading: 'Results',
      blocks: [{ kind: 'table' as const, table: shown.table, caption: shown.caption }],
    },
    ...shown.sections,
  ],
  facts,
})

/** Writes `summary.json`, `report.html` and `figures/`; equal results give equal files. */
async function write(
  experiment: Experiment,
  request: Asked,
  { kept, prepared }: { readonly kept: readonly KeptRun[]; readonly prepared: unknown },
  { out, facts }: ReproduceOptions,
): Promise<Reproduction> {
  const shown = await experiment.present(request, kept, prepared)
  const { table, caption, summary } = shown
  await makeFolder(out)
  const summaryPath = join(out, 'summary.json')
  const machines = machinesOf(kept)
  const allFacts = { ...facts, measured: countsText(machines) }
  const runs = kept.map(({ name, seconds, machine }) => ({ name, seconds, machine }))
  const { quick, seeds, data } = request
  const document = {
    experiment: experiment.name,
    request: { quick, seeds, data, ...experiment.optionsOf(request) },
    summary,
    caption,
    rows: table.rows,
    facts: allFacts,
    runs,
  }
  await writeFileAtomic(summaryPath, JSON.stringify(document, null, 2) + '\n')
  const withMachines = { ...shown, sections: [...shown.sections, ...machineSections(machines)] }
  const reportPath = await writeReport(out, page(experiment, withMachines, allFacts), { figures: true })
  const runSeconds = kept.reduce((sum, { seconds }) => sum + seconds, 0)
  return { table, summary, runs: kept.length, runSeconds, reportPath, summaryPath }
}

/**
 * Runs what is not kept from before, then writes the report.
 * @throws WhitewaterError (usage) for data or seeds that the experiment does not take; what a run throws
 */
export async function reproduce(
  experiment: Experiment,
  request: Asked,
  options: ReproduceOptions,
): Promise<Reproduction> {
  checkRequest(experiment, request, options)
  // What the grid refuses is refused before anything is made for it.
  const cells = experiment.cells(request)
  const data = request.data && (await dataHash(request.data))
  const results = { ...options, data }
  await checkMerge(experiment, cells, results)
  const prepared = await prepareShared(experiment, request, options)
  const kept = await runGrid(experiment, request, results, prepared)
  options.onStage?.('drawing the report')
  return write(experiment, request, { kept, prepared }, options)
}
