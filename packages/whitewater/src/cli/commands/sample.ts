// `whitewater sample`: draw samples of a run into a file.
import { loadDecoder } from '../../runs/decoder.ts'
import { evaluationsText } from '../../runs/evaluation-text.ts'
import { loadGenerator } from '../../runs/load-generator.ts'
import { command } from '../command.ts'
import { argument, option, requiredOption } from '../declare.ts'
import { labelsFor } from '../labels.ts'
import { engineOptions, seedOption } from '../options.ts'
import { text, whole } from '../readers.ts'
import { sampleWriter } from '../sample-files.ts'
import { sampleOptions, solverOptions } from '../solver-options.ts'

export const sample = command({
  name: 'sample',
  about: 'draw samples of a run into a .npy file, or a .png picture',
  arguments: { run: argument('a run folder') },
  options: {
    out: requiredOption('<file>', '.npy: the samples; .png: images in a grid, or points of the plane', text),
    count: option('<n>', 'how many (default: 64)', whole(1), '-n'),
    labels: option('<list>', 'a class for each sample: 0,1,2,... or a file (.npy, .csv, IDX)', text),
    label: option('<k>', 'one class for all samples', whole(0)),
    decoder: option('<run>', 'the autoencoder whose latents the run generates: write the images', text),
    ...seedOption,
    ...solverOptions,
    ...engineOptions,
  },
  interruption: { stopping: 'stopping', ends: 'interrupted; no samples were written' },
  async run({ run }, flags, shell) {
    const { out, count = 64, decoder: images, seed = 0, method = 'heun', guidance = 0 } = flags
    const labels = await labelsFor(flags)
    const progress = shell.progress('samples')
    const engine = await shell.engine(flags)
    const decoder = images === undefined ? undefined : shell.own(await loadDecoder(run, images, engine))
    const generator = shell.own(await loadGenerator(run, engine))
    const write = sampleWriter(out, decoder?.image ?? generator.parts.features)
    const options = sampleOptions(flags)
    const drawn = await generator.generate(labels?.length ?? count, {
      ...options,
      seed,
      labels,
      onProgress(done, total) {
        shell.signal.throwIfAborted()
        progress.update(done, total)
      },
    })
    const samples = decoder ? await decoder.decode(drawn.samples) : drawn.samples
    const files = await write({ ...drawn, samples })
    const { evaluations, preconditionerEvaluations } = drawn
    const [drawnCount, ...features] = samples.shape
    const { diffusion } = options
    return {
      result: {
        run,
        files,
        shape: samples.shape,
        seed,
        method,
        ...(images !== undefined && { decoder: images }),
        ...(diffusion && { diffusion }),
        guidance,
        evaluations,
        preconditionerEvaluations,
      },
      text: `${files.join(', ')}: ${drawnCount} samples of shape [${features.join(', ')}], ${method}, ${evaluationsText(drawn)}, seed ${seed}`,
    }
  },
})
