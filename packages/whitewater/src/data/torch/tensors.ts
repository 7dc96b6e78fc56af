// Which tensors a PyTorch state dict holds, read off its pickle: pieces of storages that lie beside it.
import { sizeOf, type Data, type NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import { failureError } from '../../errors.ts'
import { decodeElements, elementSize, type Element } from '../bytes.ts'
import { isMade, type Pickled } from './pickle.ts'

/** A tensor's place in a storage, in elements. */
export interface Place {
  readonly key: string
  readonly element: Element
  /** Elements of the whole storage. */
  readonly length: number
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

const elementOf: Readonly<Record<string, Element>> = {
  'torch.FloatStorage': 'f4',
  'torch.DoubleStorage': 'f8',
  'torch.HalfStorage': 'f2',
  'torch.BFloat16Storage': 'bf2',
  'torch.LongStorage': 'i8',
  'torch.IntStorage': 'i4',
  'torch.ShortStorage': 'i2',
  'torch.CharStorage': 'i1',
  'torch.ByteStorage': 'u1',
  'torch.BoolStorage': 'b1',
}

const extent = z.number().int().nonnegative()
/** Storage class, key, device and length; the sixth, a view into another storage, is of long ago. */
const storageSchema = z
  .tuple([
    z.literal('storage'),
    z.object({ name: z.enum(Object.keys(elementOf)) }),
    z.string(),
    z.string(),
    extent,
  ])
  .rest(z.null())
const tensorSchema = z
  .tuple([
    z.object({ kind: z.literal('outside'), id: storageSchema }),
    extent,
    z.array(extent),
    z.array(extent),
  ])
  .rest(z.unknown())

/** The place of a pickled tensor or parameter; undefined for anything else. */
function placeOf(value: Pickled): Place | undefined {
  if (!isMade(value)) return undefined
  const { by, from } = value
  if (by === 'torch._utils._rebuild_parameter') return Array.isArray(from) ? placeOf(from[0]) : undefined
  if (by !== 'torch._utils._rebuild_tensor_v2' && by !== 'torch._utils._rebuild_tensor') return undefined
  const parsed = tensorSchema.safeParse(from)
  if (!parsed.success) return undefined
  const [{ id }, offset, shape, strides] = parsed.data
  const [, { name }, key, , length] = id
  if (strides.length !== shape.length) return undefined
  return { key, element: elementOf[name], length, offset, shape, strides }
}

function described(value: Pickled): string {
  if (isMade(value)) return `what ${value.by} makes`
  if (value === null || Array.isArray(value)) return value === null ? 'None' : 'a list'
  return typeof value === 'object' ? `a ${value.kind}` : `a ${typeof value}`
}

/**
 * The tensors of a state dict by name.
 * @throws WhitewaterError (failure) for anything but a dict of dense tensors
 */
export function placesOf(root: Pickled, name: string): Map<string, Place> {
  const hint = 'save model.state_dict() alone with torch.save, or as safetensors'
  if (!isMade(root) || !['dict', 'collections.OrderedDict'].includes(root.by))
    throw failureError(`${name} holds ${described(root)}, expected a state dict of tensors: ${hint}`)
  return new Map(
    root.entries.map(([key, value]) => {
      const place = placeOf(value)
      if (typeof key === 'string' && place) return [key, place]
      throw failureError(
        `${name} holds ${described(value)} as ${typeof key === 'string' ? `'${key}'` : described(key)}, expected a dense tensor: ${hint}`,
      )
    }),
  )
}

/** Values of a block with strides, in row-major order. */
function gathered(values: Data, { offset, shape, strides }: Place): Data {
  const rowMajor = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const size = sizeOf(shape)
  if (shape.every((extent, axis) => extent === 1 || strides[axis] === rowMajor[axis]))
    return values.slice(offset, offset + size)
  const out = values.slice(0, size)
  for (let flat = 0; flat < size; flat++) {
    let at = offset
    for (let axis = 0; axis < shape.length; axis++)
      at += strides[axis] * (Math.floor(flat / rowMajor[axis]) % shape[axis])
    out[flat] = values[at]
  }
  return out
}

/**
 * A tensor out of the bytes of its storage.
 * @param what says in errors which tensor of which file this is
 * @throws WhitewaterError (failure) where the storage is too short
 */
export function tensorAt(
  place: Place,
  bytes: Uint8Array | undefined,
  what: string,
  bigEndian: boolean,
): NdArray {
  const { element, length, offset, shape, strides } = place
  const last = shape.reduce((at, extent, axis) => at + (extent - 1) * strides[axis], offset)
  if (bytes?.length !== length * elementSize(element) || (sizeOf(shape) > 0 && last >= length))
    throw failureError(`${what} lies outside of its storage; download the file again`)
  return { data: gathered(decodeElements(bytes, element, bigEndian), place), shape }
}
