// The learning rate as a function of the step, and the averaging weight of the EMA.

export interface Schedule {
  readonly kind: ScheduleKind
  readonly learningRate: number
  /** Steps of linear warm-up from 0. */
  readonly warmup: number
}

const shapes = {
  /** The same rate after warm-up. */
  constant: () => 1,
  /** Half a cosine from the full rate down to 0 at the last step. */
  cosine: (progress: number) => 0.5 * (1 + Math.cos(Math.PI * progress)),
}

export type ScheduleKind = keyof typeof shapes
export const scheduleKinds: readonly ScheduleKind[] = ['constant', 'cosine']

/** Learning rate of a step counted from 1, for a run of `steps`. */
export function learningRateAt(
  { kind, learningRate, warmup }: Schedule,
  step: number,
  steps: number,
): number {
  if (step <= warmup) return (learningRate * step) / warmup
  const progress = steps > warmup ? (step - warmup - 1) / (steps - warmup) : 0
  return learningRate * shapes[kind](Math.min(1, progress))
}

/** min(decay, (1 + n) / (10 + n)): early averages forget their start quickly. `step` counts from 1. */
export const averageDecayAt = (decay: number, step: number): number =>
  Math.min(decay, (1 + step) / (10 + step))
