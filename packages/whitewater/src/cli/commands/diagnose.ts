// `whitewater diagnose`: is this data ill-conditioned, and what would each preconditioner buy?
import { stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { Command } from 'commander'
import { openBlocks } from '../../data/sample-blocks.ts'
import { failureError, usageError } from '../../errors.ts'
import { diagnose as measure } from '../../metrics/diagnose.ts'
import type { Diagnosis } from '../../metrics/diagnosis/result.ts'
import type { StageProgress } from '../../metrics/diagnosis/stages.ts'
import { formatInteger } from '../../format-number.ts'
import { diagnosisText } from '../diagnosis-text.ts'
import { withEngineOpen } from '../engine.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import {
  dataOptions,
  flagsOf,
  number,
  withData,
  withEngine,
  withSeed,
  type DataFlags,
  type EngineFlags,
} from '../options.ts'
import { note, print } from '../output.ts'
import { machine, version } from '../package.ts'
import { progressBar } from '../progress.ts'

interface Flags extends DataFlags, EngineFlags {
  readonly seed?: number
  readonly delta?: number
  readonly report?: string
}

/** Said before minutes are spent, not after. */
async function checkReport(path: string | undefined): Promise<void> {
  if (path === undefined) return
  if (extname(path) !== '.html')
    throw usageError(`cannot write the report to ${path}: expected a name that ends in .html`)
  const folder = await stat(dirname(path)).catch(() => undefined)
  if (!folder?.isDirectory())
    throw failureError(`cannot write ${path}: ${dirname(path)} is no folder; create it first`)
}

const lineOf = ({ stage, done, total }: StageProgress): string =>
  done === undefined || total === undefined
    ? stage
    : `${stage}: ${formatInteger(done)} of ${formatInteger(total)} samples`

async function run(source: string, flags: Flags, signal: AbortSignal): Promise<Diagnosis> {
  const { seed = 0, delta } = flags
  const progress = progressBar('samples')
  try {
    return await withEngineOpen(flags, async (engine) => {
      progress.say(`reading ${source}`)
      const data = await openBlocks(source, { seed, ...dataOptions(flags) })
      return measure(data, {
        ...engine,
        seed,
        delta,
        signal,
        onProgress: (now) => progress.say(lineOf(now)),
      })
    })
  } finally {
    progress.end()
  }
}

async function writeReport(source: string, diagnosis: Diagnosis, { report, seed = 0 }: Flags): Promise<void> {
  if (report === undefined) return
  // Figures take a while to load.
  const { writeDiagnosisReport } = await import('../../report/diagnosis/report.ts')
  await writeDiagnosisReport(report, {
    source,
    diagnosis,
    facts: {
      command: `whitewater ${process.argv.slice(2).join(' ')}`,
      seed: String(seed),
      N: formatInteger(diagnosis.samples),
      'eigenvalues by': diagnosis.eigenSolver,
      version,
      machine,
      date: new Date().toISOString().slice(0, 10),
    },
  })
  note(`report: ${report}`)
}

async function act(source: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  await checkReport(flags.report)
  const interrupt = onInterrupt('stopping after this stage')
  try {
    const diagnosis = await run(source, flags, interrupt.signal)
    await writeReport(source, diagnosis, flags)
    print(diagnosis, diagnosisText(source, diagnosis), flags)
  } catch (error) {
    throw interrupt.signal.aborted ? new Interrupted('interrupted; nothing was written') : error
  } finally {
    interrupt.release()
  }
}

export const diagnose = (): Command =>
  withData(
    withEngine(
      withSeed(
        new Command('diagnose')
          .description(
            'measure the conditioning of data along the path, and what each preconditioner would buy',
          )
          .argument('<data>', 'a file, a folder or a name')
          .option('--report <file>', 'write a page with figures as well: NAME.html')
          .option(
            '--delta <x>',
            'added to every variance where kappa is measured; 1e-6 unless given',
            number(0),
          ),
      ),
    ),
  ).action(act)
