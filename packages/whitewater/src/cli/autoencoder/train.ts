// `whitewater train --model vae`: an autoencoder of images into a run folder, or on with one that was stopped.
import type { Command } from 'commander'
import { readAutoencoderConfig } from '../../runs/autoencoder-folder.ts'
import { runPaths } from '../../runs/files.ts'
import { usageError } from '../../errors.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { newestStep } from '../../training/checkpoint.ts'
import { withEngineOpen } from '../engine.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { flagsOf } from '../options.ts'
import { facts, note, print } from '../output.ts'
import { duration, progressBar } from '../progress.ts'
import type { TrainFlags } from '../train-config.ts'
import { autoencoderConfigFrom, checkFlags } from './config.ts'
import {
  resumeAutoencoder,
  startAutoencoder,
  type AutoencoderRun,
  type AutoencoderRunOptions,
} from '../../runs/autoencoder-run.ts'

async function begin(
  source: string | undefined,
  flags: TrainFlags,
  options: AutoencoderRunOptions,
): Promise<AutoencoderRun> {
  if (flags.resume !== undefined) return resumeAutoencoder(flags.resume, { ...options, steps: flags.steps })
  if (source === undefined) throw usageError('train what? Give DATA or CONFIG.yaml, or --resume RUN')
  return startAutoencoder(await autoencoderConfigFrom(source, flags), flags.out, options)
}

function summaryOf(run: AutoencoderRun, loss: number | undefined, seconds: number) {
  const { folder, config, data, step, stopped, autoencoder } = run
  const { steps, batch, seed, perceptual } = config
  const [samples, ...image] = data.samples.shape
  return {
    run: folder,
    model: config.model,
    samples,
    image,
    latent: autoencoder?.latent ?? null,
    parameters: autoencoder?.parameters ?? null,
    hash: autoencoder?.hash ?? null,
    reconstruction: run.stopped ? null : run.reconstruction,
    perceptual,
    step,
    steps,
    batch,
    seed,
    loss: loss ?? null,
    seconds,
    stopped,
  }
}

function textOf(summary: ReturnType<typeof summaryOf>): string {
  const { run, samples, image, latent, parameters, hash, reconstruction, perceptual } = summary
  return facts({
    run,
    data: `${formatInteger(samples)} images of shape [${image.join(', ')}]`,
    latents: latent ? `[${latent.join(', ')}]` : undefined,
    parameters: parameters === null ? undefined : formatInteger(parameters),
    'compared by': perceptual === 'none' ? 'pixels' : `pixels and features '${perceptual}'`,
    trained: `${formatInteger(summary.step)} steps in ${duration(summary.seconds)}, seed ${summary.seed}`,
    loss: summary.loss === null ? undefined : formatNumber(summary.loss),
    reconstruction: reconstruction
      ? `PSNR ${reconstruction.psnr.toFixed(2)} dB, mean squared error ${formatNumber(reconstruction.mse)} (${formatInteger(reconstruction.samples)} ${reconstruction.split} images)`
      : undefined,
    KL: reconstruction ? `${formatNumber(reconstruction.kl)} nats a dimension` : undefined,
    hash: hash ?? undefined,
    next: summary.stopped ? undefined : `whitewater encode ${run} DATA --out latents.safetensors`,
  })
}

const resumeCommand = (folder: string): string => `whitewater train --resume ${folder}`

async function announce(folder: string): Promise<void> {
  const { config, checkpoints } = runPaths(folder)
  const { steps } = await readAutoencoderConfig(config)
  note(`${folder}: an autoencoder at step ${await newestStep(checkpoints)} of ${steps}`)
}

async function runTraining(source: string | undefined, flags: TrainFlags, signal: AbortSignal) {
  if (flags.resume !== undefined) await announce(flags.resume)
  const progress = progressBar('steps')
  const measured = progressBar('images measured')
  const start = performance.now()
  let loss: number | undefined
  try {
    return await withEngineOpen(flags, async (engine) => {
      const run = await begin(source, flags, {
        engine,
        onStart: (folder) => flags.resume === undefined && note(`run: ${folder}`),
        onClassifier: (done, total) => progress.say(`training the classifier: ${done} of ${total} steps`),
        hooks: {
          signal,
          onProgress(now) {
            loss = now.loss
            progress.update(now.step, now.steps, `loss ${formatNumber(now.loss)}`)
          },
          onMeasure: (done, count) => measured.update(done, count),
        },
      })
      await run.autoencoder?.dispose()
      return { run, summary: summaryOf(run, loss, (performance.now() - start) / 1000) }
    })
  } finally {
    progress.end()
    measured.end()
  }
}

export async function trainAutoencoderCommand(source: string | undefined, command: Command): Promise<void> {
  const flags = flagsOf<TrainFlags>(command)
  checkFlags(command)
  const interrupt = onInterrupt('stopping after this step, to write a checkpoint')
  try {
    const { run, summary } = await runTraining(source, flags, interrupt.signal)
    print(summary, textOf(summary), flags)
    if (run.stopped) {
      const { step, config, folder } = run
      throw new Interrupted(
        `interrupted at step ${step} of ${config.steps}; go on with: ${resumeCommand(folder)}`,
      )
    }
  } catch (error) {
    if (!interrupt.signal.aborted || error instanceof Interrupted) throw error
    throw new Interrupted('interrupted before the first step; nothing was written')
  } finally {
    interrupt.release()
  }
}
