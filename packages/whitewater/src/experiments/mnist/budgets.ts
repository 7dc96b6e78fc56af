// How much of everything: a run in minutes, one that two cores do in an hour or two, and the paper's (Table 4).
import type { BudgetName, FieldName } from './options.ts'

/**
 * Widths at 2.32 M weights, as the paper's generator has, at 3.37 M (compute-matched) and at 1.05 M (a flow preconditioner), on 64-d
 * latents with ten classes.
 */
export const widths: Readonly<Record<FieldName, { plain: number; matched: number; preconditioner: number }>> =
  {
    'residual-mlp': { plain: 400, matched: 482, preconditioner: 266 },
    cnn: { plain: 256, matched: 309, preconditioner: 172 },
  }

export interface Budget {
  /** Passes over the data of the generator, by field. */
  readonly epochs: Readonly<Record<FieldName, number>>
  /** Share of them that preconditioners take: the paper's 450 and 650 of 1000. */
  readonly fitted: { readonly realNvp: number; readonly flow: number }
  /** How often samples are measured, and how many; a convolutional field takes twelve times the arithmetic to sample. */
  readonly looks: Readonly<Record<FieldName, number>>
  readonly generated: Readonly<Record<FieldName, number>>
  readonly seeds: number
  readonly autoencoder: { readonly epochs: number }
  /** Tolerance of a flow P's round trip. */
  readonly tolerance: number
}

const shares = { realNvp: 0.45, flow: 0.65 }

export const budgets: Readonly<Record<BudgetName, Budget>> = {
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
