// Table 1 and what stands beside it: which preconditioner and which known velocity each row has, and the paper's numbers.
import { oneNamed } from '../../kinds/named-kind.ts'

export interface Row {
  readonly name: string
  readonly precondition: 'none' | 'standardise' | 'zca' | 'real-nvp' | 'flow'
  /** Whose mean and covariance the Gaussian residual takes, for rows that have one (docs/preconditioners.md). */
  readonly residual?: 'plain' | 'class-means'
  /** Whether the field has as many weights as field and preconditioner of the other rows together. */
  readonly matched?: boolean
  /** Measured with the first seed alone unless seeds are asked for: what it tells is no small difference. */
  readonly once?: boolean
  /** FID and MMD as the paper prints them, MMD in a unit of its own: only ratios compare. */
  readonly paper?: { readonly frechet: number; readonly mmd: number }
}

export const rows = [
  { name: 'none', precondition: 'none', paper: { frechet: 5.97, mmd: 77.1 } },
  { name: 'zca', precondition: 'zca', paper: { frechet: 4.2, mmd: 6.25 } },
  { name: 'real-nvp', precondition: 'real-nvp', paper: { frechet: 2.74, mmd: 2.95 } },
  { name: 'flow', precondition: 'flow', paper: { frechet: 3.98, mmd: 3.02 } },
  { name: 'standardise', precondition: 'standardise', once: true },
  { name: 'gaussian-residual', precondition: 'none', residual: 'plain' },
  { name: 'gaussian-residual-class-means', precondition: 'none', residual: 'class-means', once: true },
  { name: 'real-nvp+gaussian-residual', precondition: 'real-nvp', residual: 'plain', once: true },
  {
    name: 'none-matched',
    precondition: 'none',
    matched: true,
    once: true,
    paper: { frechet: 5.42, mmd: 75.46 },
  },
  {
    name: 'zca-matched',
    precondition: 'zca',
    matched: true,
    once: true,
    paper: { frechet: 4.02, mmd: 7.02 },
  },
] as const satisfies readonly Row[]

/** The row that the others are compared with. */
export const BASELINE = 'none'

/** The rows of these names, in the order of the table; all unless given. @throws WhitewaterError (usage) for a name that is none */
export function rowsNamed(names: readonly string[] | undefined): readonly Row[] {
  const wanted = new Set(names?.map((name) => oneNamed<Row>('row', rows, name).name))
  return rows.filter(({ name }) => names === undefined || wanted.has(name))
}
