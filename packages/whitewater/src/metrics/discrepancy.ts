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

/** A kernel summed over all pairs of a set with itself: of each sample with itself, and of all others. */
export interface KernelSum {
  readonly diagonal: number
  readonly offDiagonal: number
}

function sumBlock(
  { values, rowStart, rows, columnStart, columns }: PairBlock,
  own: boolean,
  kernel: Kernel,
): KernelSum {
  let diagonal = 0
  let offDiagonal = 0
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
  let diagonal = 0
  let offDiagonal = 0
  const visit: Visit = (block) => {
    const sum = sumBlock(block, y === undefined, kernel)
    diagonal += sum.diagonal
    offDiagonal += sum.offDiagonal
  }
  forEachPair(visit, x, y)
  return { diagonal, offDiagonal }
}

/** MMD^2 from the sums over pairs of n samples x, of m samples y, and of x with y. */
export function discrepancyOfSums(
  [xx, n]: readonly [KernelSum, number],
  [yy, m]: readonly [KernelSum, number],
  xy: number,
): Discrepancy {
  const across = xy / (n * m)
  return {
    unbiased: xx.offDiagonal / (n * (n - 1)) + yy.offDiagonal / (m * (m - 1)) - 2 * across,
    biased: (xx.diagonal + xx.offDiagonal) / n ** 2 + (yy.diagonal + yy.offDiagonal) / m ** 2 - 2 * across,
  }
}

/** MMD^2 of x and y under `kernel`, a function of what `forEachPair` yields for a pair. */
export function discrepancy(x: Samples, y: Samples, forEachPair: ForEachPair, kernel: Kernel): Discrepancy {
  const own = (samples: Samples) => [kernelSum(forEachPair, kernel, samples), samples.n] as const
  return discrepancyOfSums(own(x), own(y), kernelSum(forEachPair, kernel, x, y).offDiagonal)
}
