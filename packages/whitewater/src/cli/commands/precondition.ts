// `whitewater precondition fit | apply`: a preconditioner by itself, for use with any other trainer.
import { extname } from 'node:path'
import { Command } from 'commander'
import { dataset } from '../../data/registry.ts'
import { writeNpy } from '../../data/files.ts'
import { usageError } from '../../errors.ts'
import { roundTripError } from '../../precondition/preconditioner.ts'
import {
  loadPreconditioner,
  preconditioner,
  checkPreconditioner,
  preconditionerKinds,
  savePreconditioner,
} from '../../precondition/registry.ts'
import { withEngineOpen } from '../engine.ts'
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
import { facts, print } from '../output.ts'

interface FitFlags extends DataFlags, EngineFlags {
  readonly kind: string
  readonly out: string
  readonly floor?: number
  readonly seed?: number
}

async function fit(source: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<FitFlags>(command)
  const { kind, out, floor, seed = 0 } = flags
  const maker = preconditioner(kind, floor === undefined ? {} : { floor })
  const data = await dataset(source, { seed, ...dataOptions(flags) })
  const result = await withEngineOpen(flags, async (engine) => {
    const fitted = await maker.fit(data, { ...engine, seed })
    await savePreconditioner(out, fitted)
    const error = await roundTripError(fitted, data.samples, data.labels)
    await fitted.dispose()
    const [samples, ...features] = data.samples.shape
    return { kind, out, samples, features, description: fitted.describe(), roundTripError: error }
  })
  const { description, samples, features, roundTripError: error } = result
  const text = facts({
    fitted: kind,
    to: `${samples} samples of shape [${features.join(', ')}]`,
    ...texts(description),
    'round-trip error': error.toExponential(1),
    folder: out,
  })
  print(result, text, flags)
}

const texts = (description: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(description).map(([name, value]) => [name, String(value)]))

interface ApplyFlags extends EngineFlags {
  readonly inverse?: boolean
  readonly labels?: string
  readonly array?: string
}

async function apply(
  folder: string,
  input: string,
  output: string,
  _: unknown,
  command: Command,
): Promise<void> {
  const flags = flagsOf<ApplyFlags>(command)
  if (extname(output) !== '.npy')
    throw usageError(`cannot write ${output}: expected a name that ends in .npy`)
  const { inverse = false, labels, array } = flags
  const shape = await withEngineOpen(flags, async (engine) => {
    const fitted = await loadPreconditioner(folder, engine)
    const data = await dataset(input, { labels, array })
    const mapped = await (inverse
      ? fitted.invert(data.samples, data.labels)
      : fitted.transform(data.samples, data.labels))
    await writeNpy(output, mapped)
    await fitted.dispose()
    return mapped.shape
  })
  const result = { preconditioner: folder, input, output, inverse, shape }
  print(result, `${output}: [${shape.join(', ')}], ${inverse ? 'P^-1' : 'P'} of ${input}`, flags)
}

const fitCommand = (): Command =>
  withData(
    withEngine(
      withSeed(
        new Command('fit')
          .description('fit a preconditioner to data')
          .argument('<data>', 'a file, a folder or a name')
          .requiredOption('--kind <name>', preconditionerKinds.join(', '), checkPreconditioner)
          .requiredOption('--out <folder>', 'where it is kept')
          .option('--floor <share>', 'variances below this share of the largest are raised to it', number(0)),
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
      .option('--labels <file>', 'class labels, one a sample')
      .option('--array <name>', 'which array of an .npz or .safetensors'),
  ).action(apply)

export const precondition = (): Command =>
  new Command('precondition')
    .description('fit a preconditioner, or map samples through one')
    .addCommand(fitCommand())
    .addCommand(applyCommand())
