// PyTorch's files of tensors (.pt, .pth), as torch.save writes a state dict: a pickle, and the bytes of the storages that it names;
// in a zip archive, or before PyTorch 1.6 one after the other. Nothing in a file is run.
// Format: https://github.com/pytorch/pytorch/blob/main/torch/serialization.py
import { unzipSync } from 'fflate'
import type { NdArray } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { elementSize } from './bytes.ts'
import { takeBytes, unpickle, type Stream } from './torch/pickle.ts'
import { placesOf, tensorAt, type Place } from './torch/tensors.ts'

/** First value of a file that is no archive. */
const MAGIC = 0x1950a86a20f9469cfc6cn

interface Parts {
  readonly places: ReadonlyMap<string, Place>
  /** Bytes by a storage's key. */
  readonly storages: ReadonlyMap<string, Uint8Array>
  readonly bigEndian: boolean
}

const noTorchFile = (name: string, cause?: unknown): Error =>
  failureError(
    `${name} is no file of torch.save (damaged, truncated or another format); expected a state dict, or use safetensors`,
    cause,
  )

function members(bytes: Uint8Array, name: string): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes)
  } catch (error) {
    throw noTorchFile(name, error)
  }
}

/** data.pkl, data/KEY for every storage, and byteorder, in one folder. */
function partsOfArchive(bytes: Uint8Array, name: string): Parts {
  const files = new Map(Object.entries(members(bytes, name)))
  const pickle = [...files.keys()].find((path) => path.split('/').at(-1) === 'data.pkl')
  const content = pickle === undefined ? undefined : files.get(pickle)
  if (pickle === undefined || content === undefined) throw noTorchFile(name)
  const folder = pickle.slice(0, -'data.pkl'.length)
  const places = placesOf(unpickle({ bytes: content, at: 0, name }), name)
  const storages = [...places.values()].flatMap(({ key }) => {
    const storage = files.get(`${folder}data/${key}`)
    return storage ? [[key, storage] as const] : []
  })
  const order = new TextDecoder().decode(files.get(`${folder}byteorder`))
  return { places, storages: new Map(storages), bigEndian: order === 'big' }
}

/** Magic number, protocol, machine, state dict, keys; then each storage after the number of its elements. */
function partsOfStream(bytes: Uint8Array, name: string): Parts {
  const stream: Stream = { bytes, at: 0, name }
  // The magic number's own opcodes tell that this is a pickle at all.
  if (bytes[0] !== 0x80 || unpickle(stream) !== MAGIC) throw noTorchFile(name)
  unpickle(stream)
  unpickle(stream)
  const places = placesOf(unpickle(stream), name)
  const keys = unpickle(stream)
  const placed = new Map([...places.values()].map((place) => [place.key, place]))
  const storages = new Map<string, Uint8Array>()
  for (const key of Array.isArray(keys) ? keys.map(String) : []) {
    const place = placed.get(key)
    if (!place) throw noTorchFile(name)
    takeBytes(stream, 8)
    storages.set(key, takeBytes(stream, place.length * elementSize(place.element)))
  }
  return { places, storages, bigEndian: false }
}

/**
 * The tensors of a state dict by name, in its order; float16 and bfloat16 are widened to float32, int16 and int8 to int32.
 * @param name says in errors which file this is
 * @throws WhitewaterError (failure) when the file is damaged, cut off, or holds anything but dense tensors
 */
export function parseTorchFile(bytes: Uint8Array, name: string): Map<string, NdArray> {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const { places, storages, bigEndian } = isZip ? partsOfArchive(bytes, name) : partsOfStream(bytes, name)
  return new Map(
    [...places].map(([key, place]) => [
      key,
      tensorAt(place, storages.get(place.key), `${name}: tensor '${key}'`, bigEndian),
    ]),
  )
}
