// What one run of the ablation is told, and the grid of runs.
import type { Cell } from '../runner/experiment.ts'
import { widths } from '../mnist/budgets.ts'
import type { LatentRequest } from '../mnist/options.ts'
import { rowsNamed } from '../mnist/rows.ts'
import { seedsFor, settingsOf, type MnistSettings } from '../mnist/settings.ts'

/** What is varied, and by which factor of the size of Table 1; baselines vary nothing. */
export interface Variation {
  readonly axis: 'baseline' | 'capacity' | 'epochs'
  readonly factor: number
}

export type AblationSettings = MnistSettings & Variation

/** Widths of a preconditioner's network, whose weights grow with their square. */
const CAPACITIES = [1 / 4, 1 / 2, 3 / 4, 1] as const
/** Its epochs. */
const EPOCHS = [1 / 8, 1 / 4, 1 / 2] as const

const even = (width: number): number => 2 * Math.round(width / 2)

/** Hidden width of RealNVP's conditioners in Table 1. */
const REAL_NVP_WIDTH = 256

function varied(settings: MnistSettings, { axis, factor }: Variation): AblationSettings {
  const { precondition, fitEpochs, field } = settings
  const full = precondition.kind === 'flow' ? widths[field.kind].preconditioner : REAL_NVP_WIDTH
  return {
    ...settings,
    axis,
    factor,
    ...(axis === 'capacity' && { precondition: { ...precondition, width: even(full * factor) } }),
    ...(axis === 'epochs' && fitEpochs !== undefined && { fitEpochs: fitEpochs * factor }),
  }
}

const nameOf = ({ row, axis, factor, field, epochs }: AblationSettings): string =>
  [row, ...(axis === 'baseline' ? [] : [`${axis}-${factor}`]), field.kind, `${epochs}-epochs`].join('_')

export function grid(request: LatentRequest): Cell<AblationSettings>[] {
  const baselines = rowsNamed(['none', 'none-matched']).map((row) =>
    varied(settingsOf(request, row), { axis: 'baseline', factor: 1 }),
  )
  const variations: readonly Variation[] = [
    ...CAPACITIES.map((factor) => ({ axis: 'capacity', factor }) as const),
    ...EPOCHS.map((factor) => ({ axis: 'epochs', factor }) as const),
  ]
  const others = rowsNamed(['real-nvp', 'flow']).flatMap((row) =>
    variations.map((variation) => varied(settingsOf(request, row), variation)),
  )
  return seedsFor({ ...request, seeds: request.seeds ?? 1 }).flatMap((seed) =>
    [...baselines, ...others].map((settings) => ({
      name: `${nameOf(settings)}_seed-${seed}`,
      seed,
      settings,
    })),
  )
}
