// `whitewater precondition fit | apply`: a preconditioner by itself, for use with any other trainer.
import { Command } from 'commander'
import { checkPreconditioner, preconditionerKinds } from '../../precondition/registry.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { flagsOf, number, withData, withEngine, withSeed } from '../options.ts'
import { print } from '../output.ts'
import { applyPreconditioner, type ApplyFlags } from '../precondition/apply.ts'
import { fitPreconditioner, fitText, type FitFlags } from '../precondition/fit.ts'
import { collectSettings } from '../settings.ts'

async function fit(source: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<FitFlags>(command)
  const interrupt = onInterrupt('stopping after this step')
  try {
    const result = await fitPreconditioner(source, flags, interrupt.signal)
    print(result, fitText(result), flags)
  } catch (error) {
    throw interrupt.signal.aborted ? new Interrupted('interrupted; nothing was written') : error
  } finally {
    interrupt.release()
  }
}

async function apply(
  folder: string,
  input: string,
  output: string,
  _: unknown,
  command: Command,
): Promise<void> {
  const flags = flagsOf<ApplyFlags>(command)
  const result = await applyPreconditioner(folder, input, output, flags)
  const { shape, inverse } = result
  print(result, `${output}: [${shape.join(', ')}], ${inverse ? 'P^-1' : 'P'} of ${input}`, flags)
}

const fitCommand = (): Command =>
  withData(
    withEngine(
      withSeed(
        new Command('fit')
          .description('fit a preconditioner to data')
          .argument('<data>', 'a file, a folder or a name')
          .requiredOption(
            '--kind <name>',
            `${preconditionerKinds.join(', ')}; class-NAME fits one a class, A+B one after the other`,
            checkPreconditioner,
          )
          .requiredOption('--out <folder>', 'where it is kept')
          .option('--floor <share>', 'variances below this share of the largest are raised to it', number(0))
          .option(
            '--set <name=value>',
            'any other option of the kind, as often as needed: shrinkage=ledoit-wolf, rank=64, 1.width=128',
            collectSettings,
          ),
      ),
    ),
  ).action(fit)

const applyCommand = (): Command =>
  withEngine(
    new Command('apply')
      .description('map samples through a fitted preconditioner')
      .argument('<folder>', 'a folder written by `precondition fit`, or the preconditioner/ of a run')
      .argument('<in>', 'samples: a file, a folder or a name')
      .argument('<out>', 'a .npy file')
      .option('--inverse', 'map back: P^-1')
      .option('--labels <file>', 'class labels, one a sample; on the way back those that --labels-out kept')
      .option(
        '--labels-out <file>',
        'keep the labels that the way back needs, components included: a .npy file',
      )
      .option('--array <name>', 'which array of an .npz or .safetensors'),
  ).action(apply)

export const precondition = (): Command =>
  new Command('precondition')
    .description('fit a preconditioner, or map samples through one')
    .addCommand(fitCommand())
    .addCommand(applyCommand())
