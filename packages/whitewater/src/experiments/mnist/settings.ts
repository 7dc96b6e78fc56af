// How much of everything: a run in minutes, one that two cores do in an hour or two, and the paper's (SPEC.md 5.5).
import { usageError } from '../../errors.ts'
import type { Choice } from '../../kinds/named-kind.ts'
import type { Source } from '../../data/source.ts'
import type { Request } from '../runner/experiment.ts'
import { seedsOf } from '../shared/observe.ts'
import type { Row } from './rows.ts'

const budgetNames = ['quick', 'cpu', 'paper'] as const
type BudgetName = (typeof budgetNames)[number]

export const fieldNames = ['residual-mlp', 'cnn'] as const
type FieldName = (typeof fieldNames)[number]

/**
 * Widths at 2.32 M weights, as the paper's generator has, at 3.37 M (compute-matched) and at 1.05 M (a flow preconditioner), on 64-d
 * latents with ten classes.
 */
export const widths: Readonly<Record<FieldName, { plain: number; matched: number; preconditioner: number }>> =
  {
    'residual-mlp': { plain: 400, matched: 482, preconditioner: 266 },
    cnn: { plain: 256, matched: 309, preconditioner: 172 },
  }

interface Budget {
  /** Passes over the data of the generator, by field. */
  readonly epochs: Readonly<Record<FieldName, number>>
  /** Share of them that preconditioners take: the paper's 450 and 650 of 1000. */
  readonly fitted: { readonly realNvp: number; readonly flow: number }
  /** How often samples are measured, and how many; a convolutional field takes twelve times the arithmetic to sample. */
  readonly looks: Readonly<Record<FieldName, number>>
  readonly generated: Readonly<Record<FieldName, number>>
  readonly seeds: number
  readonly autoencoder: { readonly epochs: number }
  /** Of a flow preconditioner's round trip. */
  readonly tolerance: number
}

const shares = { realNvp: 0.45, flow: 0.65 }

const budgets: Readonly<Record<BudgetName, Budget>> = {
  quick: {
    epochs: { 'residual-mlp': 2, cnn: 1 },
    fitted: shares,
    seeds: 1,
    looks: { 'residual-mlp': 2, cnn: 1 },
    generated: { 'residual-mlp': 1000, cnn: 1000 },
    autoencoder: { epochs: 1 },
    tolerance: 1e-2,
  },
  cpu: {
    epochs: { 'residual-mlp': 24, cnn: 6 },
    fitted: shares,
    seeds: 2,
    looks: { 'residual-mlp': 4, cnn: 2 },
    generated: { 'residual-mlp': 10_000, cnn: 5000 },
    autoencoder: { epochs: 6 },
    tolerance: 1e-3,
  },
  paper: {
    epochs: { 'residual-mlp': 1000, cnn: 1000 },
    fitted: shares,
    seeds: 3,
    looks: { 'residual-mlp': 10, cnn: 10 },
    generated: { 'residual-mlp': 50_000, cnn: 50_000 },
    autoencoder: { epochs: 100 },
    tolerance: 1e-4,
  },
}

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

const nameIn = <T extends string>(what: string, names: readonly T[], given: string): T => {
  const found = names.find((name) => name === given)
  if (!found) throw usageError(`${what} is ${given}, expected ${names.join(', ')}`)
  return found
}

const budgetOf = ({ budget, quick }: Request): Budget =>
  budgets[nameIn('--budget', budgetNames, budget ?? (quick ? 'quick' : 'cpu'))]

const fieldOf = ({ field = fieldNames[0] }: Request): FieldName => nameIn('--field', fieldNames, field)

export const planOf = (request: Request): Plan => ({
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

/** The settings of a row under a request. @throws WhitewaterError (usage) for a budget or a field that there is not */
export function settingsOf(request: Request, row: Row): MnistSettings {
  const budget = budgetOf(request)
  const field = fieldOf(request)
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

export const seedsFor = (request: Request): readonly number[] =>
  seedsOf(request.seeds, budgetOf(request).seeds)
