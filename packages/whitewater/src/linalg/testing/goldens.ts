// Test help: the reference goldens that lie beside the repository, where there are any.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ndarray, sizeOf, type NdArray } from '@whitewater/tensor'
import type { Reals } from '../product.ts'

const folder = join(import.meta.dirname, '../../../../../../shared/goldens')

export const haveGoldens = existsSync(folder)

/** Ending of a suite's title: says why it is skipped where the goldens are missing. */
export const goldenNote = haveGoldens ? '' : ` (skipped: no reference goldens at ${folder})`

export const goldenJson = (name: string): unknown =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))

interface Entry {
  readonly dtype: string
  readonly shape: number[]
  readonly data_offsets: [number, number]
}

/** Reader of one safetensors file: `tensor(name)`; integers come as float64. */
export function goldenTensors(name: string): (tensor: string) => NdArray<Reals> {
  const bytes = readFileSync(join(folder, `${name}.safetensors`))
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0))
  const entries = new Map(
    Object.entries(JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Record<string, Entry>),
  )
  return (tensor) => {
    const entry = entries.get(tensor)
    if (entry === undefined) throw new RangeError(`${name} has no tensor ${tensor}`)
    const [start, end] = entry.data_offsets.map((offset) => headerEnd + offset)
    const raw = new Uint8Array(bytes.subarray(start, end)).buffer
    if (entry.dtype === 'F64') return ndarray(new Float64Array(raw), entry.shape)
    if (entry.dtype === 'I32') return ndarray(Float64Array.from(new Int32Array(raw)), entry.shape)
    return ndarray(new Float32Array(raw, 0, sizeOf(entry.shape)), entry.shape)
  }
}
