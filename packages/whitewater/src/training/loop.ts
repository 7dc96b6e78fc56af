// The training loop: batches in, steps on the device, checkpoints out. Everything random depends on (seed, step) alone,
// so a resumed run sees the same batches as one that was never stopped.
import {
  allocate,
  compile,
  randomStream,
  sizeOf,
  type CompileOptions,
  type Data,
  type Program,
  type RandomStream,
} from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'
import { initialWeights, type Parameter } from '../nn/scope.ts'
import type { Checkpoint, Checkpoints } from './checkpoint.ts'
import { readVector, writeVector } from './groups.ts'
import { averageDecayAt, learningRateAt, type Schedule } from './schedule.ts'
import { stepsPerRun, traceStep, unrolled, type Objective, type TracedStep, type UpdateRule } from './step.ts'

/** Fills one step's batch arrays; `stream` is that step's own. */
export type FillBatch = (batch: Readonly<Record<string, Data>>, step: number, stream: RandomStream) => void

export interface Progress {
  readonly step: number
  readonly steps: number
  /** Mean loss since the last report. */
  readonly loss: number
  readonly learningRate: number
  readonly stepsPerSecond: number
}

/** A look at the weights while they are trained. */
export interface Snapshots {
  /** Steps after which to look, in any order; 0 is before the first. */
  readonly at: readonly number[]
  /** Given the moving average of the weights; training waits for it. */
  readonly take: (average: Float32Array, step: number) => void | Promise<void>
}

export interface TrainingOptions extends UpdateRule {
  readonly engine?: CompileOptions
  readonly steps: number
  readonly seed: number
  readonly schedule: Schedule
  /** Largest decay of the moving average of the weights. */
  readonly averageDecay: number
  readonly checkpoints?: Checkpoints
  readonly reportEvery?: number
  readonly onProgress?: (progress: Progress) => void | Promise<void>
  readonly snapshots?: Snapshots
  /** Stops at the next run's end, after writing a checkpoint. */
  readonly signal?: AbortSignal
}

export interface Trained {
  readonly parameters: readonly Parameter[]
  readonly weights: Float32Array
  /** Exponential moving average of the weights: what samples are drawn with. */
  readonly average: Float32Array
  readonly step: number
  readonly stopped: boolean
}

/** One program per number of unrolled steps; the state moves along when another takes over. */
class Stepper {
  readonly #programs = new Map<number, Program>()
  #last: Program | undefined

  constructor(
    private readonly step: TracedStep,
    private readonly engine: CompileOptions | undefined,
    private state: Readonly<Record<string, Float32Array>>,
  ) {}

  async program(steps: number): Promise<Program> {
    const known = this.#programs.get(steps) ?? (await compile(unrolled(this.step, steps), this.engine))
    this.#programs.set(steps, known)
    if (this.#last !== known) {
      const state = await this.read()
      for (const name of this.step.vectors) await writeVector(known, this.step.layout, name, state[name])
      this.#last = known
    }
    return known
  }

  async read(): Promise<Readonly<Record<string, Float32Array>>> {
    const program = this.#last
    const { layout, vectors } = this.step
    if (!program) return this.state
    const read = await Promise.all(vectors.map((name) => readVector(program, layout, name)))
    return Object.fromEntries(vectors.map((name, i) => [name, read[i]]))
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await program.dispose()
  }
}

function freshState(step: TracedStep, seed: number): Record<string, Float32Array> {
  const weights = initialWeights(step.layout.parameters, randomStream(seed).split('weights'))
  const zero = step.rule.optimizer.moments.map((name) => [name, new Float32Array(step.count)] as const)
  return { parameters: weights, average: weights.slice(), ...Object.fromEntries(zero) }
}

async function startingPoint(step: TracedStep, { checkpoints, seed }: TrainingOptions): Promise<Checkpoint> {
  const kept = await checkpoints?.newest(step.layout.parameters)
  return kept ?? { step: 0, seed, state: freshState(step, seed) }
}

/** Stacked arrays for `steps` steps, and each step's views into them. */
function batchArrays(step: TracedStep, steps: number) {
  const stacked: Record<string, Data> = {}
  const views: Record<string, Data>[] = Array.from({ length: steps }, () => ({}))
  for (const x of step.batch) {
    if (x.origin.kind !== 'input') continue
    const size = sizeOf(x.shape)
    const whole = allocate(x.dtype, steps * size)
    stacked[x.origin.name] = whole
    for (let k = 0; k < steps; k++) views[k][x.origin.name] = whole.subarray(k * size, (k + 1) * size)
  }
  return { stacked, views }
}

function numbersOf(options: TrainingOptions, step: number): number[] {
  const rate = learningRateAt(options.schedule, step, options.steps)
  return [averageDecayAt(options.averageDecay, step), ...options.optimizer.numbers(step, rate)]
}

/** First step after `step` at which a run must end: the grid of runs, a checkpoint, a snapshot, or the last step. */
function boundaryAfter(step: number, run: number, options: TrainingOptions): number {
  const { steps, checkpoints, snapshots } = options
  const next = (every: number) => (Math.floor(step / every) + 1) * every
  const looks = snapshots?.at.filter((at) => at > step) ?? []
  return Math.min(next(run), checkpoints ? next(checkpoints.every) : Infinity, ...looks, steps)
}

/** Mean loss between reports, and the rate. */
function meter(options: TrainingOptions, start: number) {
  const every = options.reportEvery ?? Math.max(1, Math.floor(options.steps / 200))
  let sum = 0
  let count = 0
  let since = performance.now()
  let from = start
  return async (step: number, losses: Float32Array): Promise<void> => {
    for (const loss of losses) {
      if (!Number.isFinite(loss)) {
        throw failureError(
          `the loss became ${loss} near step ${step}: lower the learning rate, or check the data's scale`,
        )
      }
      sum += loss
      count++
    }
    if (Math.floor(step / every) === Math.floor((step - losses.length) / every) && step !== options.steps)
      return
    const elapsed = (performance.now() - since) / 1000
    const learningRate = learningRateAt(options.schedule, step, options.steps)
    const loss = sum / count
    const stepsPerSecond = (step - from) / Math.max(elapsed, 1e-9)
    sum = 0
    count = 0
    since = performance.now()
    from = step
    await options.onProgress?.({ step, steps: options.steps, loss, learningRate, stepsPerSecond })
  }
}

/**
 * Trains from scratch, or from the newest checkpoint when resuming.
 * @throws WhitewaterError when the loss is no longer finite; the last checkpoint stays
 */
export async function trainLoop(
  objective: Objective,
  fill: FillBatch,
  options: TrainingOptions,
): Promise<Trained> {
  if (!(options.steps >= 1))
    throw usageError(`steps is ${options.steps}, expected a whole number of at least 1`)
  const traced = traceStep(objective, options)
  const start = await startingPoint(traced, options)
  const run = stepsPerRun(traced)
  const streams = randomStream(options.seed).split('steps')
  const stepper = new Stepper(traced, options.engine, start.state)
  const report = meter(options, start.step)
  let step = start.step

  const prepare = (from: number) => {
    const until = boundaryAfter(from, run, options)
    const { stacked, views } = batchArrays(traced, until - from)
    const numbers = views.flatMap((view, k) => {
      fill(view, from + k, streams.split(String(from + k)))
      return numbersOf(options, from + k + 1)
    })
    return { until, inputs: { ...stacked, numbers: Float32Array.from(numbers) } }
  }

  const look = async (): Promise<void> => {
    if (options.snapshots?.at.includes(step))
      await options.snapshots.take((await stepper.read()).average, step)
  }

  try {
    await look()
    let batch = step < options.steps ? prepare(step) : undefined
    while (batch && !options.signal?.aborted) {
      const { until, inputs } = batch
      const program = await stepper.program(until - step)
      const pending = program.run(inputs)
      // Made while the device works, when the engine has a thread of its own.
      batch = until < options.steps ? prepare(until) : undefined
      const { loss } = await pending
      step = until
      await report(step, Float32Array.from(loss.data as Float32Array))
      await look()
      if (options.checkpoints && (step % options.checkpoints.every === 0 || step === options.steps)) {
        await save(stepper, traced, options, step)
      }
    }
    const stopped = step < options.steps
    if (stopped && options.checkpoints && step > start.step) await save(stepper, traced, options, step)
    const state = await stepper.read()
    return {
      parameters: traced.layout.parameters,
      weights: state.parameters,
      average: state.average,
      step,
      stopped,
    }
  } finally {
    await stepper.dispose()
  }
}

async function save(
  stepper: Stepper,
  traced: TracedStep,
  options: TrainingOptions,
  step: number,
): Promise<void> {
  if (!options.checkpoints) return
  const state = await stepper.read()
  await options.checkpoints.write({ step, seed: options.seed, state }, traced.layout.parameters)
}
