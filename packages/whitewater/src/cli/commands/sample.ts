// `whitewater sample`: draw samples of a run into a file.
import { Command } from 'commander'
import type { Generated } from '../../generator/generator.ts'
import { loadDecoder } from '../../runs/decoder.ts'
import { loadGenerator } from '../../runs/load-generator.ts'
import { withEngineOpen } from '../engine.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { labelsFor } from '../labels.ts'
import { flagsOf, whole, withEngine, withSeed, type EngineFlags } from '../options.ts'
import { print } from '../output.ts'
import { progressBar } from '../progress.ts'
import { sampleWriter } from '../sample-files.ts'
import { evaluationsText, solverFlags, withSolver, type SolverFlags } from '../solver-options.ts'

interface Flags extends EngineFlags, SolverFlags {
  readonly count?: number
  readonly out: string
  readonly labels?: string
  readonly label?: number
  readonly decoder?: string
  readonly seed?: number
}

async function draw(
  run: string,
  flags: Flags,
  signal: AbortSignal,
): Promise<{ drawn: Generated; files: string[] }> {
  const { seed = 0, out } = flags
  const labels = await labelsFor(flags)
  const progress = progressBar('samples')
  return withEngineOpen(flags, async (engine) => {
    const decoder = flags.decoder === undefined ? undefined : await loadDecoder(run, flags.decoder, engine)
    const generator = await loadGenerator(run, engine)
    try {
      const write = sampleWriter(out, decoder?.image ?? generator.parts.features)
      const drawn = await generator.generate(labels?.length ?? flags.count ?? 64, {
        ...solverFlags(flags),
        seed,
        labels,
        onProgress(done, total) {
          signal.throwIfAborted()
          progress.update(done, total)
        },
      })
      const shown = decoder ? { ...drawn, samples: await decoder.decode(drawn.samples) } : drawn
      return { drawn: shown, files: await write(shown) }
    } finally {
      progress.end()
      await generator.dispose()
      await decoder?.dispose()
    }
  })
}

async function act(run: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const interrupt = onInterrupt('stopping')
  try {
    const { drawn, files } = await draw(run, flags, interrupt.signal)
    const { samples, evaluations, preconditionerEvaluations } = drawn
    const { seed = 0, method = 'heun', guidance = 0 } = flags
    const { diffusion } = solverFlags(flags)
    const result = {
      run,
      files,
      shape: samples.shape,
      seed,
      method,
      ...(flags.decoder !== undefined && { decoder: flags.decoder }),
      ...(diffusion && { diffusion }),
      guidance,
      evaluations,
      preconditionerEvaluations,
    }
    const text = `${files.join(', ')}: ${samples.shape[0]} samples of shape [${samples.shape.slice(1).join(', ')}], ${method}, ${evaluationsText(drawn)}, seed ${seed}`
    print(result, text, flags)
  } catch (error) {
    if (interrupt.signal.aborted) throw new Interrupted('interrupted; no samples were written')
    throw error
  } finally {
    interrupt.release()
  }
}

export const sample = (): Command =>
  withEngine(
    withSolver(
      withSeed(
        new Command('sample')
          .description('draw samples of a run into a .npy file, or a .png picture')
          .argument('<run>', 'a run folder')
          .requiredOption('--out <file>', '.npy: the samples; .png: images in a grid, or points of the plane')
          .option('-n, --count <n>', 'how many (default: 64)', whole(1))
          .option('--labels <list>', 'a class for each sample: 0,1,2,... or a file (.npy, .csv, IDX)')
          .option('--label <k>', 'one class for all samples', whole(0))
          .option('--decoder <run>', 'the autoencoder whose latents the run generates: write the images'),
      ),
    ),
  ).action(act)
