// `whitewater diagnose`: is this data ill-conditioned, and what would each preconditioner buy?
import { Command } from 'commander'
import { dataset } from '../../data/registry.ts'
import { diagnose as measure } from '../../metrics/diagnose.ts'
import { diagnosisText } from '../diagnosis-text.ts'
import { withEngineOpen } from '../engine.ts'
import {
  dataOptions,
  flagsOf,
  withData,
  withEngine,
  withSeed,
  type DataFlags,
  type EngineFlags,
} from '../options.ts'
import { print } from '../output.ts'
import { progressBar } from '../progress.ts'

interface Flags extends DataFlags, EngineFlags {
  readonly seed?: number
}

async function act(source: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const { seed = 0 } = flags
  const progress = progressBar('stages')
  const diagnosis = await withEngineOpen(flags, async (engine) =>
    measure(await dataset(source, { seed, ...dataOptions(flags) }), {
      ...engine,
      seed,
      onProgress: (stage) => progress.say(`measuring: ${stage}`),
    }),
  ).finally(() => progress.end())
  print(diagnosis, diagnosisText(source, diagnosis), flags)
}

export const diagnose = (): Command =>
  withData(
    withEngine(
      withSeed(
        new Command('diagnose')
          .description(
            'measure the conditioning of data along the path, and what each preconditioner would buy',
          )
          .argument('<data>', 'a file, a folder or a name'),
      ),
    ),
  ).action(act)
