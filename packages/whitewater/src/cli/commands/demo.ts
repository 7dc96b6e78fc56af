// `whitewater demo`: the main claim in a few minutes, as a table and a page.
import { textTable } from '../../report/table.ts'
import { command } from '../command.ts'
import { defaultOption } from '../declare.ts'
import { engineOptions, seedOption } from '../options.ts'
import { text } from '../readers.ts'

export const demo = command({
  name: 'demo',
  about: 'none against ZCA on three datasets: a table, summary.json and report.html',
  options: {
    out: defaultOption('<folder>', 'where results go', text, 'runs/demo'),
    ...seedOption,
    ...engineOptions,
  },
  interruption: {
    stopping: 'stopping the demo',
    ends: 'interrupted; the demo keeps no checkpoints, start it again',
  },
  async run(_, flags, shell) {
    const { out, seed = 0 } = flags
    // Figures take a while to load, and only this command needs them at once.
    const { runDemo } = await import('../../experiments/demo/experiment.ts')
    const progress = shell.progress('steps')
    const { rows, table, reportPath } = await runDemo({
      engine: await shell.engine(flags),
      out,
      seed,
      signal: shell.signal,
      onProgress: (line) => progress.say(line),
    })
    return { result: rows, text: `${textTable(table)}\n\nreport: ${reportPath}` }
  },
})
