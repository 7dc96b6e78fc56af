// What one run of Table 1 is told, and the grid of runs.
import type { Source } from '../../data/source.ts'
import type { Choice } from '../../kinds/named-kind.ts'
import type { Cell } from '../runner/experiment.ts'
import { seedsOf } from '../shared/observe.ts'
import { budgets, widths, type Budget } from './budgets.ts'
import { fieldNames, type FieldName, type LatentRequest } from './options.ts'
import { rowsNamed, type Row } from './rows.ts'

/** What makes the autoencoder and the classifier: equal plans share them. */
export interface Plan {
  readonly source: Source
  readonly autoencoder: { readonly epochs: number }
  /** Folder of both, made elsewhere; they are trained here unless given. */
  readonly prepared?: string
}

/** All that decides one run but its seed. */
export interface MnistSettings {
  readonly row: string
  readonly plan: Plan
  readonly field: { readonly kind: FieldName; readonly width: number }
  /** `steps` in place of `epochs` follow from the data's size. */
  readonly precondition: Choice
  /** Passes over the data of a preconditioner that is trained. */
  readonly fitEpochs?: number
  readonly residual?: Choice
  readonly epochs: number
  /** Epochs after which samples are measured; the last is the end. */
  readonly looks: readonly number[]
  readonly batch: number
  readonly learningRate: number
  readonly generated: number
  readonly solver: { readonly method: string; readonly steps: number }
}

const budgetOf = ({ budget, quick }: LatentRequest): Budget => budgets[budget ?? (quick ? 'quick' : 'cpu')]

export const planOf = (request: LatentRequest): Plan => ({
  source: request.data ?? { source: 'mnist' },
  autoencoder: budgetOf(request).autoencoder,
  ...(request.prepared !== undefined && { prepared: request.prepared }),
})

/** Doubling towards the end: 3, 6, 12, 24. */
const doubling = (last: number, count: number): number[] => [
  ...new Set(Array.from({ length: count }, (_, k) => Math.max(1, Math.round(last / 2 ** (count - 1 - k))))),
]

function preconditionOf(
  { precondition }: Row,
  field: FieldName,
  { fitted, tolerance }: Budget,
  epochs: number,
): Pick<MnistSettings, 'precondition' | 'fitEpochs'> {
  if (precondition === 'real-nvp')
    return { precondition: { kind: 'real-nvp', batch: 256 }, fitEpochs: fitted.realNvp * epochs }
  if (precondition !== 'flow') return { precondition: { kind: precondition } }
  const size = { width: widths[field].preconditioner, ...(field === 'residual-mlp' && { depth: 4 }) }
  return {
    precondition: { kind: 'flow', network: field, ...size, batch: 1024, tolerance },
    fitEpochs: fitted.flow * epochs,
  }
}

/** The settings of a row under a request. */
export function settingsOf(request: LatentRequest, row: Row): MnistSettings {
  const budget = budgetOf(request)
  const { field = fieldNames[0] } = request
  const epochs = request.epochs ?? budget.epochs[field]
  return {
    row: row.name,
    plan: planOf(request),
    field: { kind: field, width: row.matched ? widths[field].matched : widths[field].plain },
    ...preconditionOf(row, field, budget, epochs),
    ...(row.residual && { residual: { kind: 'gaussian', covariance: row.residual } }),
    epochs,
    looks: doubling(epochs, budget.looks[field]),
    batch: 1024,
    learningRate: 1e-3,
    generated: budget.generated[field],
    solver: { method: 'heun', steps: 20 },
  }
}

export const seedsFor = (request: LatentRequest): readonly number[] =>
  seedsOf(request.seeds, budgetOf(request).seeds)

/** Every row with the first seed, then with the next: a grid that is stopped has whole tables. */
export function grid(request: LatentRequest): Cell<MnistSettings>[] {
  const rows = rowsNamed(request.rows).map((row) => ({ row, settings: settingsOf(request, row) }))
  const wanted = (row: Row, seed: number) => seed === 0 || request.seeds !== undefined || !row.once
  return seedsFor(request).flatMap((seed) =>
    rows
      .filter(({ row }) => wanted(row, seed))
      .map(({ row, settings }) => ({
        name: `${row.name}_${settings.field.kind}_${settings.epochs}-epochs_seed-${seed}`,
        seed,
        settings,
      })),
  )
}
