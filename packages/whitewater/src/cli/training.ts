// What training a generator and training an autoencoder have in common: what is said on the way, and how to go on.
import { failureError, WhitewaterError } from '../errors.ts'
import { formatNumber } from '../format-number.ts'
import { stepReached } from '../runs/files.ts'
import type { Answer } from './command.ts'
import type { ProgressBar } from './progress.ts'
import type { Shell } from './shell.ts'

/** A run at its end, or where it was stopped. */
interface Trained {
  readonly folder: string
  readonly step: number
  readonly stopped: boolean
  readonly config: { readonly steps: number }
}

const resumeCommand = (folder: string): string => `whitewater train --resume ${folder}`

/** Says from which step a run of so many planned steps goes on, or that it has come to its end. */
export async function announce(
  folder: string,
  planned: number,
  steps: number | undefined,
  shell: Shell,
): Promise<void> {
  const step = await stepReached(folder)
  const target = Math.max(steps ?? planned, planned)
  shell.note(
    step < target
      ? `${folder}: going on from step ${step} of ${target}`
      : `${folder} is at step ${step} of ${target} already; a larger --steps goes on`,
  )
}

/** The same failure, saying how to go on where a checkpoint was written before it. */
async function withWayOn(error: unknown, folder: string | undefined): Promise<unknown> {
  if (folder === undefined || !(error instanceof WhitewaterError) || error.kind === 'usage') return error
  const step = await stepReached(folder)
  if (step === 0) return error
  return failureError(`${error.message}; then go on from step ${step} with: ${resumeCommand(folder)}`, error)
}

/** A training under way. */
export interface Following {
  readonly progress: ProgressBar
  /** To be told the run's folder. */
  readonly onStart: (folder: string) => void
  /** Hooks that any training takes. */
  readonly hooks: {
    readonly signal: AbortSignal
    readonly onProgress: (now: {
      readonly step: number
      readonly steps: number
      readonly loss: number
    }) => void
  }
  /** The loss of the last reported step, and the time so far. */
  readonly outcome: () => { readonly loss: number | undefined; readonly seconds: number }
}

/**
 * Follows the training of a new run, or of one that is resumed.
 * @throws what `train` throws; a failure behind a checkpoint says how to go on from it
 */
export async function followTraining<T>(
  resume: string | undefined,
  shell: Shell,
  train: (following: Following) => Promise<T>,
): Promise<T> {
  const progress = shell.progress('steps')
  const start = performance.now()
  let loss: number | undefined
  let folder = resume
  const hooks: Following['hooks'] = {
    signal: shell.signal,
    onProgress(now) {
      loss = now.loss
      progress.update(now.step, now.steps, `loss ${formatNumber(loss)}`)
    },
  }
  const onStart = (chosen: string): void => {
    folder = chosen
    if (resume === undefined) shell.note(`run: ${folder}`)
  }
  const outcome = () => ({ loss, seconds: (performance.now() - start) / 1000 })
  try {
    return await train({ progress, onStart, hooks, outcome })
  } catch (error) {
    throw await withWayOn(error, folder)
  }
}

/** What a training says at its end, or where Ctrl-C stopped it. */
export function trainingAnswer(
  { folder, step, stopped, config }: Trained,
  result: unknown,
  text: string,
): Answer {
  const interrupted = `interrupted at step ${step} of ${config.steps}; go on with: ${resumeCommand(folder)}`
  return { result, text, interrupted: stopped ? interrupted : undefined }
}
