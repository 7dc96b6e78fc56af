// Samples seen as images [channels, height, width], also where the data has them flat.
import { sizeOf } from '@whitewater/tensor'
import { z } from 'zod'
import { usageError } from '../../errors.ts'

export type ImageShape = readonly [channels: number, height: number, width: number]

export const imageShapeOption = z
  .string()
  .regex(/^[1-9]\d*x[1-9]\d*x[1-9]\d*$/, 'expected channels x height x width, such as 3x32x32')
  .optional()
  .describe(
    'samples as images: channels x height x width, such as 1x28x28; the shape of the data unless given',
  )

/**
 * @param given such as 1x28x28; the features themselves unless given, [height, width] as one channel
 * @throws WhitewaterError (usage) when samples of that shape are no such images
 */
export function imageShapeOf(kind: string, features: readonly number[], given?: string): ImageShape {
  const shape = given === undefined ? features : given.split('x').map(Number)
  const what = `${kind} sees samples as images [channels, height, width]`
  if (sizeOf(shape) !== sizeOf(features))
    throw usageError(`${what}: shape ${given} does not fit samples of shape [${features.join(', ')}]`)
  const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape
  if (shape.length === 3 || shape.length === 2) return [channels, height, width]
  throw usageError(
    `${what}, got samples of shape [${features.join(', ')}]: say what they are with shape, such as 1x28x28`,
  )
}
