// `whitewater train --model vae`: an autoencoder of images into a run folder, or on with one that was stopped.
import { readAutoencoderConfig } from '../../runs/autoencoder-folder.ts'
import { runPaths } from '../../runs/files.ts'
import {
  resumeAutoencoder,
  startAutoencoder,
  type AutoencoderRun,
  type AutoencoderRunOptions,
} from '../../runs/autoencoder-run.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Answer } from '../command.ts'
import { facts } from '../output.ts'
import { duration } from '../progress.ts'
import type { Shell } from '../shell.ts'
import { sourceOf } from '../train-config.ts'
import type { TrainFlags } from '../train-options.ts'
import { announce, followTraining, trainingAnswer, type Following } from '../training.ts'
import { autoencoderConfigFrom, checkFlags } from './config.ts'

/** Continues or starts, whichever was asked for. */
async function begin(
  source: string | undefined,
  flags: TrainFlags,
  options: AutoencoderRunOptions,
): Promise<AutoencoderRun> {
  const { resume, steps, out } = flags
  if (resume !== undefined) return resumeAutoencoder(resume, { ...options, steps })
  return startAutoencoder(await autoencoderConfigFrom(sourceOf(source), flags), out, options)
}

function summaryOf(run: AutoencoderRun, { loss, seconds }: ReturnType<Following['outcome']>) {
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

export async function trainAutoencoder(
  source: string | undefined,
  flags: TrainFlags,
  shell: Shell,
): Promise<Answer> {
  checkFlags(flags)
  const { resume, steps } = flags
  if (resume !== undefined) {
    const config = await readAutoencoderConfig(runPaths(resume).config)
    await announce(resume, config.steps, steps, shell)
  }
  const measured = shell.progress('images measured')
  return followTraining(resume, shell, async ({ progress, onStart, hooks, outcome }) => {
    const run = await begin(source, flags, {
      engine: await shell.engine(flags),
      onStart,
      onClassifier: (done, total) => progress.say(`training the classifier: ${done} of ${total} steps`),
      hooks: { ...hooks, onMeasure: (done, count) => measured.update(done, count) },
    })
    if (run.autoencoder) shell.own(run.autoencoder)
    const summary = summaryOf(run, outcome())
    return trainingAnswer(run, summary, textOf(summary))
  })
}
