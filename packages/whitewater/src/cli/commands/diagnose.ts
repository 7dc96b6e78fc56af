// `whitewater diagnose`: is this data ill-conditioned, and what would each preconditioner buy?
import { stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { machineText } from '@whitewater/tensor'
import { openBlocks } from '../../data/registry.ts'
import { failureError, usageError } from '../../errors.ts'
import { diagnose as measure } from '../../metrics/diagnose.ts'
import type { Diagnosis } from '../../metrics/diagnosis/result.ts'
import type { StageProgress } from '../../metrics/diagnosis/stages.ts'
import { formatInteger } from '../../format-number.ts'
import { version } from '../../version.ts'
import { command } from '../command.ts'
import { argument, option } from '../declare.ts'
import { diagnosisText } from '../diagnosis-text.ts'
import { dataOptions, datasetOptions, engineOptions, seedOption } from '../options.ts'
import { number, text } from '../readers.ts'

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

async function writeReport(path: string, source: string, diagnosis: Diagnosis, seed: number): Promise<void> {
  // Figures take a while to load.
  const { writeDiagnosisReport } = await import('../../report/diagnosis/report.ts')
  await writeDiagnosisReport(path, {
    source,
    diagnosis,
    facts: {
      command: `whitewater ${process.argv.slice(2).join(' ')}`,
      seed: String(seed),
      N: formatInteger(diagnosis.samples),
      'eigenvalues by': diagnosis.eigenSolver,
      version,
      machine: machineText(),
      date: new Date().toISOString().slice(0, 10),
    },
  })
}

export const diagnose = command({
  name: 'diagnose',
  about: 'measure the conditioning of data along the path, and what each preconditioner would buy',
  arguments: { data: argument('a file, a folder or a name') },
  options: {
    report: option('<file>', 'write a page with figures as well: NAME.html', text),
    delta: option('<x>', 'added to every variance where kappa is measured; 1e-6 unless given', number(0)),
    ...seedOption,
    ...engineOptions,
    ...dataOptions,
  },
  interruption: { stopping: 'stopping after this stage', ends: 'interrupted; nothing was written' },
  async run({ data: source }, flags, shell) {
    const { seed = 0, delta, report } = flags
    await checkReport(report)
    const progress = shell.progress('samples')
    const engine = await shell.engine(flags)
    progress.say(`reading ${source}`)
    const data = await openBlocks(source, { seed, ...datasetOptions(flags) })
    const diagnosis = await measure(data, {
      engine,
      seed,
      delta,
      signal: shell.signal,
      onProgress: (now) => progress.say(lineOf(now)),
    })
    if (report !== undefined) {
      await writeReport(report, source, diagnosis, seed)
      shell.note(`report: ${report}`)
    }
    return { result: diagnosis, text: diagnosisText(source, diagnosis) }
  },
})
