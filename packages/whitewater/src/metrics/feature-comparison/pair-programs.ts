// What is computed of a block of pairs before it leaves the engine: sums of two kernels, nearest neighbours, who lies in whose ball.
import {
  add,
  cast,
  exp,
  less,
  matmul,
  mul,
  smallest,
  sum,
  traced,
  type CompileOptions,
  type Tensor,
  type Trace,
  type Traced,
} from '@whitewater/tensor'
import { onCpu } from '../../linalg/on-cpu.ts'
import type { Side } from './feature-blocks.ts'

export interface PairSettings {
  /** Bandwidths of the Gaussian kernels, which are summed. */
  readonly bandwidths: readonly number[]
  /** Neighbours that balls reach to. */
  readonly k: number
}

type Inputs = Parameters<Trace>[0]

const squaredDistances = ({ rows, columns }: Inputs): Tensor => matmul(rows, columns, { transposeB: true })

/** Sums over rows, [columns]; exp in float32 costs a tenth of float64's, and its rounding does not add up over pairs. */
function kernelSums(squared: Tensor, { rowBase, columnBase, rows }: Inputs, { bandwidths }: PairSettings) {
  const d = rows.shape[1] - 2
  const rounded = cast(squared, 'float32')
  const gaussians = bandwidths.map((sigma) => exp(mul(rounded, -1 / (2 * sigma * sigma))))
  const base = add(add(mul(squared, -1 / (2 * d)), rowBase), columnBase)
  return {
    gaussian: sum(gaussians.reduce(add), 0),
    polynomial: sum(mul(mul(base, base), base), 0),
  }
}

/** Pairs of one set: also the k + 1 smallest squared distances of every row and every column. */
const ownTrace =
  (settings: PairSettings): Trace =>
  (inputs) => {
    const squared = squaredDistances(inputs)
    const [rows, columns] = squared.shape
    return {
      ...kernelSums(squared, inputs, settings),
      nearRows: smallest(squared, Math.min(settings.k + 1, columns), 1),
      nearColumns: smallest(squared, Math.min(settings.k + 1, rows), 0),
    }
  }

/** Pairs of two sets: also how many balls of rows each column lies in and how many columns each row's ball holds, and the converse for rows. */
const acrossTrace =
  (settings: PairSettings): Trace =>
  (inputs) => {
    const squared = squaredDistances(inputs)
    const within = (reach: Tensor): Tensor => cast(less(squared, reach), 'float32')
    const inRowBall = within(inputs.rowReach)
    return {
      ...kernelSums(squared, inputs, settings),
      ballsAroundColumn: sum(inRowBall, 0),
      columnsInBall: sum(inRowBall, 1),
      ballsAroundRow: sum(within(inputs.columnReach), 1),
    }
  }

export interface PairPrograms {
  readonly own: Traced
  readonly across: Traced
  dispose(): Promise<void>
}

/** Programs for the CPU whatever the device, because GPUs have no fast float64. */
export function pairPrograms(settings: PairSettings, engine?: CompileOptions): PairPrograms {
  const cpu = onCpu(engine)
  const own = traced(ownTrace(settings), cpu)
  const across = traced(acrossTrace(settings), cpu)
  const dispose = async (): Promise<void> => {
    await Promise.all([own.dispose(), across.dispose()])
  }
  return { own, across, dispose }
}

export const pairInputs = (row: Side, column: Side) => ({
  rows: row.features,
  columns: column.features,
  rowBase: row.base,
  columnBase: column.base,
})
