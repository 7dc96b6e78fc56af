// Checkpoints in a folder: weights by name, their moving average and the optimizer's moments, in one safetensors file a time.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ndarray, sameShape, sizeOf, type NdArray } from '@whitewater/tensor'
import { readSafetensors, writeSafetensors } from '../data/files.ts'
import { makeFolder } from '../data/write.ts'
import { failureError } from '../errors.ts'
import { countParameters, namedParts, type Parameter } from '../nn/scope.ts'
import type { Checkpoint, Checkpoints } from './checkpoint.ts'

/** How many checkpoints stay in the folder; an older one is the way back if the newest is damaged. */
const KEPT_CHECKPOINTS = 2

const fileName = (step: number): string => `step-${String(step).padStart(9, '0')}.safetensors`

/** A flat vector's tensors in the file: `average` as `average.NAME`, the parameters themselves under their own names. */
const prefixOf = (name: string): string => (name === 'parameters' ? '' : `${name}.`)

/** Writes atomically, then removes checkpoints older than the last few. Returns the path. */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  parameters: readonly Parameter[],
): Promise<string> {
  await makeFolder(folder)
  const tensors = Object.entries(checkpoint.state).flatMap(([name, flat]) =>
    [...namedParts(parameters, flat)].map(([part, { data, shape }]): [string, NdArray] => [
      prefixOf(name) + part,
      ndarray(data, shape),
    ]),
  )
  const path = join(folder, fileName(checkpoint.step))
  const metadata = {
    step: String(checkpoint.step),
    seed: String(checkpoint.seed),
    state: Object.keys(checkpoint.state).join(' '),
  }
  await writeSafetensors(path, tensors, metadata)
  const older = (await checkpointFiles(folder)).slice(0, -KEPT_CHECKPOINTS)
  for (const name of older) await rm(join(folder, name), { force: true })
  return path
}

/** Checkpoint files of a folder, oldest first. */
async function checkpointFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => /^step-\d{9,}\.safetensors$/.test(name)).sort()
}

/** Path of the newest checkpoint, or undefined. */
export async function newestCheckpoint(folder: string): Promise<string | undefined> {
  const names = await checkpointFiles(folder)
  return names.length > 0 ? join(folder, names[names.length - 1]) : undefined
}

/** Step of the newest checkpoint; 0 without one. */
export async function newestStep(folder: string): Promise<number> {
  const path = await newestCheckpoint(folder)
  return path === undefined ? 0 : Number(/(\d+)\.safetensors$/.exec(path)?.[1])
}

/**
 * @throws WhitewaterError when a tensor is missing or of another shape than the network has
 */
export async function readCheckpoint(path: string, parameters: readonly Parameter[]): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path)
  const gather = (name: string): Float32Array => {
    const flat = new Float32Array(countParameters(parameters))
    let offset = 0
    for (const { name: part, shape } of parameters) {
      const tensor = tensors.get(prefixOf(name) + part)
      if (!tensor || !(tensor.data instanceof Float32Array) || !sameShape(tensor.shape, shape)) {
        const found = tensor ? `has shape [${tensor.shape.join(', ')}]` : 'is missing'
        throw failureError(
          `${path}: ${prefixOf(name)}${part} ${found}, expected float32 [${shape.join(', ')}]: the run was made with another network`,
        )
      }
      flat.set(tensor.data, offset)
      offset += sizeOf(shape)
    }
    return flat
  }
  const names = (metadata.state ?? 'parameters').split(' ')
  return {
    step: Number(metadata.step ?? 0),
    seed: Number(metadata.seed ?? 0),
    state: Object.fromEntries(names.map((name) => [name, gather(name)])),
  }
}

/** Checkpoints of a folder, every `every` steps; to `resume` is to go on from the newest that is there. */
export const checkpointsIn = (folder: string, every: number, resume = false): Checkpoints => ({
  every,
  async newest(parameters) {
    const path = resume ? await newestCheckpoint(folder) : undefined
    return path === undefined ? undefined : readCheckpoint(path, parameters)
  },
  async write(checkpoint, parameters) {
    await writeCheckpoint(folder, checkpoint, parameters)
  },
})
