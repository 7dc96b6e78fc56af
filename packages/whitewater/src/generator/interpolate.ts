// Ways through the noise: samples of the data are encoded, moved in the noise, and decoded again; and how exactly the way there and
// back leads home.
import { sameShape, ndarray, sizeOf } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { isCount } from '../flow/request.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import type { DecodeOptions, Generator } from './generator.ts'

/** The solver's options, and the class of each sample where the generator has classes. Methods without noise of their own. */
export type InversionOptions = Omit<DecodeOptions, 'seed' | 'components' | 'diffusion'>

export interface InterpolateOptions extends InversionOptions {
  /** Points from a to b, both included, at least 2; 8 unless given. */
  readonly count?: number
}

/**
 * The point at `share` of the way from a to b: the direction turns evenly (slerp, Shoemake 1985), the length changes evenly.
 * N(0, I) in many dimensions lies near a sphere of radius sqrt(d), which a straight line leaves: its middle is shorter by sqrt(2)
 * and means nothing to a generator that has never seen such noise. Opposite directions have no turn between them: there the
 * line is straight.
 */
export function slerp(a: ArrayLike<number>, b: ArrayLike<number>, share: number): Float32Array {
  let dot = 0
  let aa = 0
  let bb = 0
  for (let k = 0; k < a.length; k++) {
    dot += a[k] * b[k]
    aa += a[k] * a[k]
    bb += b[k] * b[k]
  }
  const lengthA = Math.sqrt(aa)
  const lengthB = Math.sqrt(bb)
  const cosine = Math.max(-1, Math.min(1, dot / (lengthA * lengthB)))
  const angle = Math.acos(cosine)
  const length = (1 - share) * lengthA + share * lengthB
  const sine = Math.sin(angle)
  // Below this the turn is straight to rounding, or has no direction.
  const [weightA, weightB] =
    sine > 1e-6
      ? [
          (length / lengthA) * (Math.sin((1 - share) * angle) / sine),
          (length / lengthB) * (Math.sin(share * angle) / sine),
        ]
      : [1 - share, share]
  return Float32Array.from(a, (value, k) => weightA * value + weightB * b[k])
}

/** Field labels that a and b have in common. @throws WhitewaterError (usage) where they differ */
async function commonLabels(generator: Generator, a: Samples, b: Samples, { labels }: InversionOptions) {
  const own = await generator.labelsOf(a, { labels })
  const other = await generator.labelsOf(b, { labels })
  const differs = own?.findIndex((label, i) => label !== other?.[i]) ?? -1
  if (differs >= 0)
    throw usageError(
      `the ends of pair ${differs} lie in different components of '${generator.parts.preconditioner.kind}' (${own?.[differs]} and ${other?.[differs]}): the flow does not lead from one to the other; choose pairs within one`,
    )
  return own
}

/** Every entry `count` times. */
const repeated = (labels: Int32Array, count: number): Int32Array =>
  Int32Array.from({ length: labels.length * count }, (_, k) => labels[Math.floor(k / count)])

/**
 * Samples between a and b, pair by pair: both are encoded, their noise is interpolated on the sphere, and decoded. The ends come
 * back as the solver's inversion leaves them.
 * @param a [n, ...features]; b of the same shape and, with labels, of the same classes
 * @returns [n, count, ...features]
 * @throws WhitewaterError (usage) for shapes or labels that do not fit
 */
export async function interpolate(
  generator: Generator,
  a: Samples,
  b: Samples,
  { count = 8, ...options }: InterpolateOptions = {},
): Promise<Samples> {
  const [n, ...features] = a.shape
  if (!sameShape(a.shape, b.shape))
    throw usageError(`got ends of shape [${a.shape.join(', ')}] and [${b.shape.join(', ')}], expected pairs`)
  if (!isCount(count) || count < 2)
    throw usageError(`got ${count} points, expected a whole number of at least 2: the ends are two`)
  const labels = await commonLabels(generator, a, b, options)
  const from = await generator.encode(a, options)
  const to = await generator.encode(b, options)
  const size = sizeOf(features)
  const noise = new Float32Array(n * count * size)
  for (let i = 0; i < n; i++) {
    const [x, y] = [from, to].map(({ data }) => data.subarray(i * size, (i + 1) * size))
    for (let k = 0; k < count; k++) noise.set(slerp(x, y, k / (count - 1)), (i * count + k) * size)
  }
  const components = labels && repeated(labels, count)
  const { data } = await generator.decode(ndarray(noise, [n * count, ...features]), {
    ...options,
    labels: undefined,
    components,
  })
  return ndarray(data, [n, count, ...features])
}

/**
 * How far data -> noise -> data is from the data: |x' - x| / |x|, Euclidean over all samples, through P, the flow and back by one
 * solver. It measures the solver and P's round trip, not how good the model is.
 * @throws WhitewaterError (usage) for labels that do not fit
 */
export async function inversionError(
  generator: Generator,
  x: Samples,
  options: InversionOptions = {},
): Promise<number> {
  const components = await generator.labelsOf(x, options)
  const back = await generator.decode(await generator.encode(x, options), {
    ...options,
    labels: undefined,
    components,
  })
  let error = 0
  let norm = 0
  for (let k = 0; k < x.data.length; k++) {
    error += (back.data[k] - x.data[k]) ** 2
    norm += x.data[k] ** 2
  }
  return Math.sqrt(error / Math.max(norm, Number.MIN_VALUE))
}
