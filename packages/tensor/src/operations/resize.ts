// Images at another size, by bilinear interpolation: along each axis a product with a fixed matrix, so that the gradient is
// the product with its transpose.
import { allocate, type DType } from '../array.ts'
import { constant, formatShape, type Tensor } from '../tensor.ts'
import { matmul } from './matmul.ts'

/**
 * [after, before]: row i has weights on the two pixels around (i + 1/2) before / after - 1/2, where pixel i's centre lies; what
 * would lie before the first pixel or after the last is that pixel.
 */
function interpolation(before: number, after: number, dtype: DType): Tensor {
  const weights = allocate(dtype, after * before)
  for (let row = 0; row < after; row++) {
    const at = Math.min(before - 1, Math.max(0, ((row + 0.5) * before) / after - 0.5))
    const low = Math.floor(at)
    const high = Math.min(before - 1, low + 1)
    weights[row * before + high] = at - low
    weights[row * before + low] = 1 - (at - low)
  }
  return constant(weights, [after, before])
}

/**
 * x [n,c,h,w] to [n, c, height, width]: PyTorch's bilinear interpolation with align_corners=False, which does not smooth when
 * it makes images smaller.
 */
export function resizeBilinear(x: Tensor, height: number, width: number): Tensor {
  if (x.shape.length !== 4)
    throw new RangeError(
      `resizeBilinear: expected x [batch, channels, height, width], got ${formatShape(x.shape)}`,
    )
  const bad = [height, width].find((extent) => !Number.isInteger(extent) || extent < 1)
  if (bad !== undefined)
    throw new RangeError(`resizeBilinear: ${bad} is not a whole number of at least 1 pixel`)
  const [, , h, w] = x.shape
  const wide = w === width ? x : matmul(x, interpolation(w, width, x.dtype), { transposeB: true })
  return h === height ? wide : matmul(interpolation(h, height, x.dtype), wide)
}
