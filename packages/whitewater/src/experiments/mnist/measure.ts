// One run of Table 1: the row's preconditioner fitted, the generator trained on what it leaves of the latents, and its samples measured
// on features of images after some of the epochs.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { randomSubset } from '../../data/subset.ts'
import type { Generator } from '../../generator/generator.ts'
import { trainRun } from '../../runs/run.ts'
import { networkNamed } from '../../nn/networks/registry.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { residualNamed } from '../../precondition/residual/registry.ts'
import type { Cell, Measuring } from '../runner/experiment.ts'
import type { MnistSettings } from './settings.ts'
import { flopsOfRun, preconditionerParameters, stepsOf } from './cost.ts'
import { openJournal, type Journal } from './journal.ts'
import type { MnistResult } from './result.ts'
import { comparisonOf, conditioningOf, openShared, picturesOf, type Shared } from './shared.ts'
import { stopwatch } from './stopwatch.ts'

/** Shares of its training after which a preconditioner's kappa is looked at, on so many latents. */
const FIT_LOOKS = [0.02, 0.1, 0.3, 1]
const FIT_LOOKED = 10_000

/** A picture has a row a class. */
const CLASSES = 10
const COLUMNS = 8

async function drawPictures(generator: Generator, { autoencoder }: Shared, solver: MnistSettings['solver']) {
  const labels = Int32Array.from({ length: CLASSES * COLUMNS }, (_, i) => Math.floor(i / COLUMNS))
  const { samples } = await generator.generate(labels.length, { ...solver, labels, seed: 1 })
  return picturesOf(await autoencoder.decode(samples))
}

/** Draws, decodes and compares. */
async function measureSamples(
  generator: Generator,
  { autoencoder, extractor, reference }: Shared,
  { generated, solver }: MnistSettings,
  seed: number,
) {
  const drawn = await generator.generate(generated, { ...solver, seed: seed + 1 })
  const images = await autoencoder.decode(drawn.samples)
  const measured = await reference.compare(await extractor.features(images), { pairs: true })
  const { evaluations, preconditionerEvaluations } = drawn
  return { ...comparisonOf(measured), evaluations, preconditionerEvaluations }
}

const makerOf = ({ precondition: { kind, ...options }, fitEpochs }: MnistSettings, samples: number) =>
  preconditioner(kind, {
    ...options,
    ...(fitEpochs !== undefined && { steps: stepsOf(fitEpochs, samples, Number(options.batch)) }),
  })

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Trains as the settings say and looks on the way; a run that its folder holds already goes on. */
async function trainWatched(
  { seed, settings }: Cell<MnistSettings>,
  shared: Shared,
  journal: Journal,
  { engine, onProgress, signal }: Measuring,
) {
  const { latents } = shared
  const { epochs, batch, looks, learningRate, field, residual } = settings
  const [count] = latents.samples.shape
  const first = randomSubset(latents, Math.min(count, FIT_LOOKED), 0)
  const steps = stepsOf(epochs, count, batch)
  const epochOf = new Map(looks.map((epoch) => [stepsOf(epoch, count, batch), epoch]))
  const fitting = stopwatch(journal.fit)
  const training = stopwatch(journal.spent)

  async function take(generator: Generator, step: number): Promise<void> {
    training.stop()
    if (step === journal.start) {
      fitting.stop()
      await journal.fitted(fitting.spent())
    }
    const epoch = epochOf.get(step)
    if (epoch !== undefined && !journal.looks.some((look) => look.step === step)) {
      const measured = await measureSamples(generator, shared, settings, seed)
      await journal.looked({ ...measured, step, epoch, spent: training.spent() })
    }
    training.go()
  }

  if (journal.start === 0) fitting.go()
  const { generator, stopped } = await trainRun({
    data: latents,
    preconditioner: makerOf(settings, count),
    ...(residual && { residual: residualNamed(residual.kind, { covariance: String(residual.covariance) }) }),
    field: networkNamed(field),
    steps,
    batch,
    seed,
    learningRate,
    schedule: 'constant',
    checkpointEvery: Math.ceil(Math.min(steps / 16, (10 * count) / batch)),
    ...(journal.run && { folder: journal.run, resume: await exists(join(journal.run, 'config.yaml')) }),
    engine,
    hooks: {
      signal,
      async onProgress({ step, loss }) {
        await journal.reached({ step, loss, spent: training.spent() })
        onProgress(step, steps)
      },
      fitLooks: {
        at: FIT_LOOKS,
        async take(transform, step) {
          fitting.stop()
          const { samples, labels } = first
          journal.lookedWhileFitting({
            step,
            points: (await conditioningOf(await transform(samples, labels))).kappa,
          })
          fitting.go()
        },
      },
      snapshots: { at: [...new Set([journal.start, ...epochOf.keys()])], take },
    },
  })
  if (stopped) await generator.dispose()
  signal?.throwIfAborted()
  return generator
}

/** Measures a run with what it shares with the others, which stays open. */
export async function measureWith(
  cell: Cell<MnistSettings>,
  shared: Shared,
  measuring: Measuring,
): Promise<MnistResult> {
  const { seed, settings } = cell
  const journal = await openJournal(measuring.folder)
  const generator = await trainWatched(cell, shared, journal, measuring)
  try {
    const { parts } = generator
    const { samples, labels } = shared.latents
    const { evaluations, preconditionerEvaluations } = journal.looks[journal.looks.length - 1]
    return {
      terms: shared.terms,
      parameters: parts.weights.length,
      preconditionerParameters: preconditionerParameters(parts.preconditioner),
      flops: flopsOfRun(parts, shared.latents, settings),
      fit: journal.fit,
      evaluations,
      preconditionerEvaluations,
      generated: settings.generated,
      looks: [...journal.looks],
      ...(await conditioningOf(await parts.preconditioner.transform(samples, labels))),
      kappaWhileFitting: [...journal.whileFitting],
      losses: [...journal.losses],
      ...(seed === 0 && { pictures: await drawPictures(generator, shared, settings.solver) }),
    }
  } finally {
    await generator.dispose()
  }
}

export async function measure(cell: Cell<MnistSettings>, measuring: Measuring): Promise<MnistResult> {
  const shared = await openShared(cell.settings.plan, measuring.engine)
  return measureWith(cell, shared, measuring).finally(() => shared.dispose())
}
