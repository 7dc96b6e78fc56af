// `whitewater precondition apply`: samples through a fitted preconditioner, block by block, from file to file.
import { ndarray } from '@whitewater/tensor'
import { extname } from 'node:path'
import { openBlocks } from '../../data/registry.ts'
import type { SampleBlocks } from '../../data/dataset.ts'
import { writeNpy, writeNpyBlocks } from '../../data/files.ts'
import { usageError } from '../../errors.ts'
import { checkFeatures, type FittedPreconditioner, type Samples } from '../../precondition/preconditioner.ts'
import { loadPreconditioner } from '../../precondition/folder.ts'
import { formatInteger } from '../../format-number.ts'
import { command } from '../command.ts'
import { argument, onSwitch, option, type FlagsOf } from '../declare.ts'
import { engineOptions } from '../options.ts'
import type { ProgressBar } from '../progress.ts'
import { text } from '../readers.ts'

const options = {
  inverse: onSwitch('map back: P^-1'),
  labels: option('<file>', 'class labels, one a sample; on the way back those that --labels-out kept', text),
  labelsOut: option(
    '<file>',
    'keep the labels that the way back needs, components included: a .npy file',
    text,
  ),
  array: option('<name>', 'which array of an .npz or .safetensors', text),
  ...engineOptions,
}

interface Work {
  readonly fitted: FittedPreconditioner
  readonly data: SampleBlocks
  readonly inverse: boolean
  readonly progress: ProgressBar
}

/** Samples mapped, and the labels that the way back needs put into `used`. */
async function* mapped({ fitted, data, inverse, progress }: Work, used: Int32Array): AsyncGenerator<Samples> {
  const [count] = data.shape
  let done = 0
  for await (const block of data.blocks()) {
    const given = data.labels?.subarray(done, done + block.shape[0])
    const labels = inverse ? given : ((await fitted.components?.assign(block, given)) ?? given)
    if (labels) used.set(labels, done)
    yield await (inverse ? fitted.invert(block, labels) : fitted.transform(block, labels))
    done += block.shape[0]
    progress.say(`${formatInteger(done)} of ${formatInteger(count)} samples`)
  }
}

function checkNames(flags: FlagsOf<typeof options>, output: string): void {
  for (const path of [output, flags.labelsOut ?? output])
    if (extname(path) !== '.npy') throw usageError(`cannot write ${path}: expected a name that ends in .npy`)
  if (flags.inverse && flags.labelsOut !== undefined)
    throw usageError('--labels-out keeps the labels for the way back, which --inverse is: leave one out')
}

export const apply = command({
  name: 'apply',
  about: 'map samples through a fitted preconditioner',
  arguments: {
    folder: argument('a folder written by `precondition fit`, or the preconditioner/ of a run'),
    in: argument('samples: a file, a folder or a name'),
    out: argument('a .npy file'),
  },
  options,
  async run({ folder, in: input, out: output }, flags, shell) {
    checkNames(flags, output)
    const { inverse = false, labels, labelsOut, array } = flags
    const progress = shell.progress('samples')
    const fitted = shell.own(await loadPreconditioner(folder, await shell.engine(flags)))
    const data = await openBlocks(input, { labels, array })
    const { shape } = data
    checkFeatures(fitted, ndarray(new Float32Array(0), [0, ...shape.slice(1)]))
    if (labelsOut !== undefined && !data.labels && !fitted.components)
      throw usageError(`--labels-out: ${fitted.kind} needs no labels for the way back, leave it out`)
    const used = new Int32Array(shape[0])
    await writeNpyBlocks(output, shape, mapped({ fitted, data, inverse, progress }, used))
    if (labelsOut !== undefined) await writeNpy(labelsOut, ndarray(used, [used.length]))
    return {
      result: { preconditioner: folder, input, output, inverse, shape },
      text: `${output}: [${shape.join(', ')}], ${inverse ? 'P^-1' : 'P'} of ${input}`,
    }
  },
})
