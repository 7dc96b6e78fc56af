// What `whitewater train` says at the end: for programs everything that was chosen, for people what differs from the defaults.
import { settingsSchema } from '../generator/config.ts'
import type { Run } from '../runs/run.ts'
import type { Settings } from '../precondition/preconditioner.ts'
import { formatInteger, formatNumber } from '../format-number.ts'
import { facts } from './output.ts'
import { duration } from './progress.ts'

interface Outcome {
  /** Last reported step's loss. */
  readonly loss: number | undefined
  readonly seconds: number
  /** Where the report lies; undefined where none was written. */
  readonly report: string | undefined
}

export function summaryOf(
  { folder, config, data, generator, step, stopped }: Run,
  { loss, seconds, report }: Outcome,
) {
  const { form, preconditioner, weights } = generator.parts
  const [samples, ...features] = data.samples.shape
  const { steps, batch, seed, coupling, time, weight } = config
  return {
    run: folder,
    samples,
    features,
    classes: data.classes ?? null,
    preconditioner: { kind: preconditioner.kind, ...preconditioner.describe() },
    residual: form.residual?.kind ?? null,
    path: form.path.name,
    prediction: form.prediction.name,
    coupling: coupling.kind,
    time: time.kind,
    weight: weight.kind,
    parameters: weights.length,
    step,
    steps,
    batch,
    seed,
    loss: loss ?? null,
    seconds,
    stopped,
    report: report ?? null,
  }
}

type Summary = ReturnType<typeof summaryOf>

/** The choices of flow that are not the defaults; undefined where all are. */
function flowText(summary: Summary): string | undefined {
  const { path, prediction, coupling, time, weight } = settingsSchema.parse({})
  const usual = { prediction, path: path.kind, coupling: coupling.kind, time: time.kind, weight: weight.kind }
  const names = ['path', 'prediction', 'coupling', 'time', 'weight'] as const
  const unusual = names.filter((name) => summary[name] !== usual[name])
  return unusual.length === 0 ? undefined : unusual.map((name) => `${name} ${summary[name]}`).join(', ')
}

export function textOf(summary: Summary): string {
  const { run, samples, features, classes, preconditioner, residual, parameters } = summary
  const { step, loss, seconds, seed, report } = summary
  // Said where `auto` has chosen.
  const { because }: Settings = preconditioner
  return facts({
    run,
    data: `${formatInteger(samples)} samples of shape [${features.join(', ')}]${classes === null ? '' : `, ${classes} classes`}`,
    preconditioner: preconditioner.kind,
    because: because === undefined ? undefined : String(because),
    residual: residual ?? undefined,
    flow: flowText(summary),
    parameters: formatInteger(parameters),
    trained: `${formatInteger(step)} steps in ${duration(seconds)}, seed ${seed}`,
    loss: loss === null ? undefined : formatNumber(loss),
    report: report ?? undefined,
    next: `whitewater sample ${run} --out samples.npy; whitewater evaluate ${run}`,
  })
}
