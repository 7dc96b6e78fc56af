// `whitewater demo`: the main claim in a few minutes, as a table and a page.
import { Command } from 'commander'
import { textTable } from '../../report/table.ts'
import { withEngineOpen } from '../engine.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { flagsOf, withEngine, withSeed, type EngineFlags } from '../options.ts'
import { print } from '../output.ts'
import { progressBar } from '../progress.ts'

interface Flags extends EngineFlags {
  readonly out: string
  readonly seed?: number
}

async function act(_: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const { out, seed = 0 } = flags
  // Figures take a while to load, and only this command needs them at once.
  const { runDemo } = await import('../../experiments/demo/experiment.ts')
  const progress = progressBar('steps')
  const interrupt = onInterrupt('stopping the demo')
  try {
    const { rows, table, reportPath } = await withEngineOpen(flags, (engine) =>
      runDemo({ ...engine, out, seed, signal: interrupt.signal, onProgress: (line) => progress.say(line) }),
    )
    progress.end()
    print(rows, `${textTable(table)}\n\nreport: ${reportPath}`, flags)
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Interrupted('interrupted; the demo keeps no checkpoints, start it again')
    throw error
  } finally {
    progress.end()
    interrupt.release()
  }
}

export const demo = (): Command =>
  withEngine(
    withSeed(
      new Command('demo')
        .description('none against ZCA on three datasets: a table, summary.json and report.html')
        .option('--out <folder>', 'where results go', 'runs/demo'),
    ),
  ).action(act)
