// Standard normal noise by row: what a row is given depends on the stream and its number alone.
import type { RandomStream } from '@whitewater/tensor'

/** Rows drawn together. */
const GROUP_ROWS = 256

/** Noise of rows start .. start + rows - 1, `size` numbers each: the same whatever rows are asked for with them. */
export function noiseRows(stream: RandomStream, start: number, rows: number, size: number): Float32Array {
  const noise = new Float32Array(rows * size)
  for (let group = Math.floor(start / GROUP_ROWS); group * GROUP_ROWS < start + rows; group++) {
    const first = Math.max(start, group * GROUP_ROWS)
    const last = Math.min(start + rows, (group + 1) * GROUP_ROWS)
    const values = stream.split(String(group)).normal((last - group * GROUP_ROWS) * size)
    noise.set(values.subarray((first - group * GROUP_ROWS) * size), (first - start) * size)
  }
  return noise
}
