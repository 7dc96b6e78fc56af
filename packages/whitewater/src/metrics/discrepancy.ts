// Squared maximum mean discrepancy MMD^2 of two sets for any kernel of the pair value (Gretton et al. 2012, Eq. 3 and 5).
import type { Samples } from '../linalg/covariance.ts'
import type { PairBlock, Visit } from './pairwise.ts'

export interface Discrepancy {
  /** U-statistic: pairs of a sample with itself left out; may be slightly negative. */
  readonly unbiased: number
  /** V-statistic: all pairs; never negative beyond rounding. */
  readonly biased: number
}

type Kernel = (pairValue: number) => number

type ForEachPair = (visit: Visit, x: Samples, y?: Samples) => void

interface KernelSum {
  readonly diagonal: number
  readonly offDiagonal: number
}

function sumBlock(
  { values, rowStart, rows, columnStart, columns }: PairBlock,
  own: boolean,
  kernel: Kernel,
): KernelSum {
  let [diagonal, offDiagonal] = [0, 0]
  const isDiagonal = own && rowStart === columnStart
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let j = 0, at = i * columns; j < columns; j++, at++) {
      const value = kernel(values[at])
      if (isDiagonal && i === j) diagonal += value
      else sum += value
    }
    offDiagonal += sum
  }
  const copies = own && !isDiagonal ? 2 : 1
  return { diagonal, offDiagonal: copies * offDiagonal }
}

function kernelSum(forEachPair: ForEachPair, kernel: Kernel, x: Samples, y?: Samples): KernelSum {
  let [diagonal, offDiagonal] = [0, 0]
  const visit: Visit = (block) => {
    const sum = sumBlock(block, y === undefined, kernel)
    diagonal += sum.diagonal
    offDiagonal += sum.offDiagonal
  }
  forEachPair(visit, x, y)
  return { diagonal, offDiagonal }
}

/** MMD^2 of x and y under `kernel`, a function of what `forEachPair` yields for a pair. */
export function discrepancy(x: Samples, y: Samples, forEachPair: ForEachPair, kernel: Kernel): Discrepancy {
  const xx = kernelSum(forEachPair, kernel, x)
  const yy = kernelSum(forEachPair, kernel, y)
  const across = kernelSum(forEachPair, kernel, x, y).offDiagonal / (x.n * y.n)
  return {
    unbiased: xx.offDiagonal / (x.n * (x.n - 1)) + yy.offDiagonal / (y.n * (y.n - 1)) - 2 * across,
    biased:
      (xx.diagonal + xx.offDiagonal) / x.n ** 2 + (yy.diagonal + yy.offDiagonal) / y.n ** 2 - 2 * across,
  }
}
