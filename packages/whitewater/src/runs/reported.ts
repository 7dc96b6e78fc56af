// The report of a run, written when it has been trained and again when it has been evaluated.
import { machineText, type CompileOptions } from '@whitewater/tensor'
import { runPaths } from './files.ts'
import { readConfig } from './generator-folder.ts'
import type { Run } from './run.ts'
import { loadSource } from '../data/source.ts'
import { readMachines } from '../training/machines-log.ts'
import { loadGenerator } from './load-generator.ts'
import { version } from '../version.ts'
import { evaluationsText, featuresText, measuresOf, type Measured } from './evaluation-text.ts'

type Reported = Pick<Run, 'folder' | 'config' | 'data' | 'generator'>

/** The machines that trained the run, each once. */
async function machinesOf(folder: string): Promise<string> {
  const lives = await readMachines(runPaths(folder).machines)
  return [...new Set(lives.map((life) => life.machine))].join('; then ')
}

/** Writes `report.html` into the run's folder and returns its path. */
export async function reportRun(
  { folder, config, data, generator }: Reported,
  evaluation?: Measured,
): Promise<string> {
  // Figures take a while to load.
  const { writeRunReport } = await import('./report.ts')
  const measures = evaluation && measuresOf(evaluation)
  const features = evaluation && featuresText(evaluation)
  return writeRunReport({
    folder,
    data,
    generator,
    measures,
    seed: config.seed,
    facts: {
      command: `whitewater train ${folder}/config.yaml`,
      seed: String(config.seed),
      sampler: 'Heun, 50 steps (100 evaluations), weights averaged (EMA)',
      ...(evaluation && {
        measured: `${evaluation.samples} generated against ${evaluation.realSamples} real samples (${evaluation.reference}), ${evaluation.method}, ${evaluationsText(evaluation)}, seed ${evaluation.seed}`,
      }),
      ...(features !== undefined && { features }),
      version,
      machine: (await machinesOf(folder)) || machineText(),
      date: new Date().toISOString().slice(0, 10),
    },
  })
}

/** The same from the folder alone. */
export async function reportAgain(
  folder: string,
  engine: CompileOptions,
  evaluation: Measured,
): Promise<string> {
  const config = await readConfig(folder)
  const data = await loadSource(config.data)
  const generator = await loadGenerator(folder, engine)
  return reportRun({ folder, config, data, generator }, evaluation).finally(() => generator.dispose())
}
