// Blocks of samples as the engine takes them for all pairs: |a - b|^2 = |a|^2 + |b|^2 - 2 a.b is one matrix product of rows
// [-2 a, |a|^2, 1] with rows [b, 1, |b|^2], and no pass over the pairs is spent on the norms.
import { ndarray, type NdArray } from '@whitewater/tensor'
import type { Samples } from '../../linalg/covariance.ts'

/** Consecutive samples as the rows, or the columns, of a block of pairs. */
export interface Side {
  readonly start: number
  readonly size: number
  /** Centred and extended by the norms, [size, d + 2]. */
  readonly features: NdArray<Float64Array>
  /** a.b / d + 1 of the samples as given is base_a + base_b - |a - b|^2 / 2d; [size, 1], for columns [1, size]. */
  readonly base: NdArray<Float64Array>
}

interface Span {
  readonly start: number
  readonly size: number
}

/** Samples a block: two blocks' pairs in float64 are 2 MiB, the second-level caches of two cores. */
const BLOCK_SAMPLES = 512

/** Values of columns that are held ready at once, 64 MiB; rows are made ready anew for each such panel. */
const PANEL_VALUES = 2 ** 23

/** Blocks of nearly equal size, so that programs of few shapes serve all of them. */
function spansOf(n: number): Span[] {
  const count = Math.ceil(n / BLOCK_SAMPLES)
  const startOf = (i: number): number => Math.floor((i * n) / count)
  return Array.from({ length: count }, (_, i) => ({ start: startOf(i), size: startOf(i + 1) - startOf(i) }))
}

function sideOf({ data, d }: Samples, { start, size }: Span, centre: Float64Array, isRow: boolean): Side {
  const width = d + 2
  const features = new Float64Array(size * width)
  const base = new Float64Array(size)
  const shift = isRow ? centre.reduce((sum, value) => sum + value * value, d) : 0
  for (let i = 0; i < size; i++) {
    let square = 0
    let along = 0
    for (let j = 0, from = (start + i) * d, to = i * width; j < d; j++, from++, to++) {
      const value = data[from] - centre[j]
      square += value * value
      along += value * centre[j]
      features[to] = isRow ? -2 * value : value
    }
    features[i * width + d] = isRow ? square : 1
    features[i * width + d + 1] = isRow ? 1 : square
    base[i] = (square / 2 + along + shift) / d
  }
  const shape = isRow ? [size, 1] : [1, size]
  return { start, size, features: ndarray(features, [size, width]), base: ndarray(base, shape) }
}

/** Number of pairs that `blockPairs` yields. */
export function countBlockPairs(x: Samples, y?: Samples): number {
  const rows = spansOf(x.n).length
  return y ? rows * spansOf(y.n).length : (rows * (rows + 1)) / 2
}

/**
 * All blocks of pairs of x with y, rows from x, both shifted by `centre`. Without y, those of x with itself on and below the
 * diagonal: a block off it (other `start`s) stands for its mirror image too.
 */
export function* blockPairs(x: Samples, centre: Float64Array, y?: Samples): Generator<readonly [Side, Side]> {
  const rows = spansOf(x.n)
  const columns = spansOf((y ?? x).n)
  const held = Math.max(1, Math.floor(PANEL_VALUES / (BLOCK_SAMPLES * (x.d + 2))))
  for (let first = 0; first < columns.length; first += held) {
    const panel = columns.slice(first, first + held).map((span) => sideOf(y ?? x, span, centre, false))
    for (const span of rows) {
      const wanted = panel.filter(({ start }) => y || start <= span.start)
      if (wanted.length === 0) continue
      const row = sideOf(x, span, centre, true)
      for (const column of wanted) yield [row, column]
    }
  }
}
