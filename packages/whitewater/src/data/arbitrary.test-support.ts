// Arbitrary arrays for the round-trip properties of the formats.
import { ndarray, type NdArray } from '@whitewater/tensor'
import fc from 'fast-check'

/** Any array of any dtype, up to four axes. */
export const arrays: fc.Arbitrary<NdArray> = fc.array(fc.nat(4), { maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((size, extent) => size * extent, 1)
  const exactly = { minLength: length, maxLength: length }
  return fc
    .oneof(
      fc.float32Array(exactly),
      fc.float64Array(exactly),
      fc.int32Array(exactly),
      fc.bigInt64Array(exactly),
      fc.uint8Array(exactly),
    )
    .map((data) => ndarray(data, shape))
})
