// Holds an operation's values and gradients, first and second order, against float64 loops and central differences.
import { allocate, sameShape, sizeOf, type Data, type DType, type NdArray, type Shape } from '../array.ts'
import { compile, type CompileOptions } from '../compile.ts'
import { gradient } from '../gradient.ts'
import { add, mul } from '../operations/elementwise.ts'
import { sum } from '../operations/reduce.ts'
import { constant, input, scalar, type Tensor } from '../tensor.ts'
import type { Reference, Values } from './reference.ts'

/** One input: shuffled, evenly spaced values, so that no two are close and none lies on a kink. */
export interface Draw {
  readonly shape: Shape
  /** -2 to 2 unless given. */
  readonly low?: number
  readonly high?: number
  /** Whole numbers from low to high, both included, which carry no gradient. */
  readonly integers?: 'int32' | 'int64'
}

export interface Case {
  /** Tells the cases of one operation apart. */
  readonly name?: string
  readonly inputs: readonly Draw[]
  readonly apply: (...inputs: readonly Tensor[]) => Tensor
  readonly reference: Reference
  /** Highest derivative to check: 2 for a smooth function, 1 with kinks, 0 where there is no gradient at all. */
  readonly order: 0 | 1 | 2
  /** false where ONNX Runtime has no float64 kernel. */
  readonly float64?: false
  /** Set where float32 itself is the limit (cancellation); 1e-4 unless given. */
  readonly tolerance?: number
}

/** Cases of every exported operation of one file, by its name. */
export type Cases = Readonly<Record<string, readonly Case[]>>

/** Marsaglia's xorshift; enough to shuffle test data. */
function generator(seed: number): () => number {
  let state = (seed + 1) * 2654435761
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

function draw({ shape, low = -2, high = 2, integers }: Draw, position: number, count: number): Values {
  const random = generator(position)
  const size = sizeOf(shape)
  if (integers) {
    const data = Float64Array.from({ length: size }, () => low + Math.floor(random() * (high - low + 1)))
    return { data, shape }
  }
  const offset = (position + 0.7) / (count + 0.3)
  const points = Array.from({ length: size }, (_, i) =>
    Math.fround(low + ((high - low) * (i + offset)) / size),
  )
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[points[i], points[j]] = [points[j], points[i]]
  }
  return { data: Float64Array.from(points), shape }
}

/** Positive weights that turn an output, or a gradient, into a scalar. */
const weights = (size: number, seed: number): Float64Array => {
  const random = generator(seed + 100)
  return Float64Array.from({ length: size }, () => Math.fround(0.5 + random()))
}

const converted = (data: Float64Array, dtype: DType): Data => {
  const result = allocate(dtype, data.length)
  data.forEach((value, i) => (result[i] = result instanceof BigInt64Array ? BigInt(value) : value))
  return result
}

const float64 = (data: Data): Float64Array => Float64Array.from(data, Number)

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((total, value, i) => total + value * b[i], 0)

type Precision = 'float32' | 'float64'

interface Derivatives {
  readonly values: Float64Array
  readonly shape: Shape
  /** d sum(w y) / dx, an entry a real-valued input. */
  readonly first: Float64Array[]
  /** d sum(v first) / dx. */
  readonly second: Float64Array[]
}

interface Compiled {
  readonly evaluate: (inputs: readonly Values[]) => Promise<Derivatives>
  readonly dispose: () => Promise<void>
}

const real = (test: Case): number[] => test.inputs.flatMap(({ integers }, i) => (integers ? [] : [i]))

const derivativesOf = (test: Case, results: Record<string, NdArray>): Derivatives => ({
  values: float64(results.y.data),
  shape: results.y.shape,
  first: test.order >= 1 ? real(test).map((i) => float64(results[`first${i}`].data)) : [],
  second: test.order >= 2 ? real(test).map((i) => float64(results[`second${i}`].data)) : [],
})

/** The outputs that a case checks: y, and the derivatives of weighted sums of it. */
export function outputsOf(
  test: Case,
  inputs: readonly Tensor[],
  precision: Precision,
): Record<string, Tensor> {
  const weighted = (x: Tensor, seed: number): Tensor =>
    sum(mul(x, constant(converted(weights(sizeOf(x.shape), seed), precision), x.shape)))
  const y = test.apply(...inputs)
  const outputs: Record<string, Tensor> = { y }
  if (test.order === 0) return outputs
  const sources = real(test)
  const first = gradient(
    weighted(y, 0),
    sources.map((i) => inputs[i]),
  )
  sources.forEach((i, k) => (outputs[`first${i}`] = first[k]))
  if (test.order === 1) return outputs
  const along = first.map((dx, k) => weighted(dx, k + 1)).reduce((a, b) => add(a, b), scalar(0, precision))
  const second = gradient(
    along,
    sources.map((i) => inputs[i]),
  )
  sources.forEach((i, k) => (outputs[`second${i}`] = second[k]))
  return outputs
}

export const inputsOf = (test: Case, precision: Precision, prefix = 'x'): Tensor[] =>
  test.inputs.map(({ shape, integers }, i) => input(`${prefix}${i}`, shape, integers ?? precision))

export const drawsOf = (test: Case): Values[] =>
  test.inputs.map((spec, i) => draw(spec, i, test.inputs.length))

/** The data of drawn values as an input takes it. */
export const dataFor = (test: Case, index: number, values: Values, precision: Precision): Data =>
  converted(values.data, test.inputs[index].integers ?? precision)

async function compiled(test: Case, precision: Precision, options: CompileOptions): Promise<Compiled> {
  const inputs = inputsOf(test, precision)
  const program = await compile({ inputs, outputs: outputsOf(test, inputs, precision) }, options)
  return {
    evaluate: async (values) => {
      const data = values.map((value, i) => [`x${i}`, dataFor(test, i, value, precision)] as const)
      return derivativesOf(test, await program.run(Object.fromEntries(data)))
    },
    dispose: () => program.dispose(),
  }
}

/** Central differences of fourth order in one element. */
async function difference(f: (step: number) => Promise<number>, h: number): Promise<number> {
  const a = await f(-2 * h)
  const b = await f(-h)
  const c = await f(h)
  const d = await f(2 * h)
  return (a - 8 * b + 8 * c - d) / (12 * h)
}

const nudged = (inputs: readonly Values[], which: number, element: number, step: number): Values[] =>
  inputs.map((x, i) => {
    if (i !== which) return x
    const data = x.data.slice()
    data[element] += step
    return { data, shape: x.shape }
  })

/** The gradient of a function of the inputs, by central differences in every element. */
async function differences(
  f: (inputs: readonly Values[]) => Promise<number>,
  inputs: readonly Values[],
  which: readonly number[],
  h: number,
): Promise<Float64Array[]> {
  const result: Float64Array[] = []
  for (const i of which) {
    const gradientOf = new Float64Array(inputs[i].data.length)
    for (let e = 0; e < gradientOf.length; e++)
      gradientOf[e] = await difference((step) => f(nudged(inputs, i, e, step)), h)
    result.push(gradientOf)
  }
  return result
}

const largest = (data: Float64Array): number =>
  data.reduce((most, value) => Math.max(most, Number.isNaN(value) ? Infinity : Math.abs(value)), 0)

/** Largest difference over the largest expected magnitude. */
export function relativeError(actual: Float64Array, expected: Float64Array): number {
  const gap = actual.map((value, i) => (Object.is(value, expected[i]) ? 0 : value - expected[i]))
  return largest(gap) / Math.max(largest(expected), 1e-2)
}

/** What differs by more than the bound, a line each. */
function disagreements(
  what: string,
  actual: readonly Float64Array[],
  expected: readonly Float64Array[],
  bound: number,
): string[] {
  return expected.flatMap((values, i) => {
    const got = actual[i]
    if (got.length !== values.length)
      return [`${what} ${i}: ${got.length} elements, expected ${values.length}`]
    const error = relativeError(got, values)
    return error < bound
      ? []
      : [`${what} ${i}: off by ${error}: [${got.join(', ')}] against [${values.join(', ')}]`]
  })
}

interface Expected {
  readonly values: Values
  readonly first: Float64Array[]
  readonly second: Float64Array[]
}

/** Differences of the plain reference; of second order, of the float64 gradient where there is one. */
async function expected(test: Case, inputs: readonly Values[], exact?: Compiled): Promise<Expected> {
  const sources = real(test)
  const values = test.reference(...inputs)
  const w = weights(values.data.length, 0)
  const loss = (x: readonly Values[]) => Promise.resolve(dot(test.reference(...x).data, w))
  const first = test.order >= 1 ? await differences(loss, inputs, sources, 1e-3) : []
  if (test.order < 2) return { values, first, second: [] }
  const directions = sources.map((i, k) => weights(inputs[i].data.length, k + 1))
  const slope = async (x: readonly Values[]): Promise<number> => {
    if (exact) {
      const { first: g } = await exact.evaluate(x)
      return g.reduce((total, dx, k) => total + dot(dx, directions[k]), 0)
    }
    const moved = (step: number) =>
      x.map((value, i) => {
        const k = sources.indexOf(i)
        return k < 0 ? value : { ...value, data: value.data.map((e, j) => e + step * directions[k][j]) }
      })
    return difference((step) => loss(moved(step)), 5e-3)
  }
  return { values, first, second: await differences(slope, inputs, sources, exact ? 1e-3 : 5e-3) }
}

/** What is wrong with one case in float32 (beyond 1e-4) and, where there are kernels, in float64 (beyond 1e-7), a line each. */
export async function faultsOf(test: Case): Promise<string[]> {
  const inputs = drawsOf(test)
  const exact =
    test.float64 === false ? undefined : await compiled(test, 'float64', { device: 'cpu', threads: 1 })
  const { values, first, second } = await expected(test, inputs, exact)
  const single = await compiled(test, 'float32', { device: 'cpu', threads: 1 })
  const faults: string[] = []
  for (const [program, precision, bound] of [
    [exact, 'float64', 1e-7],
    [single, 'float32', test.tolerance ?? 1e-4],
  ] as const) {
    if (!program) continue
    const actual = await program.evaluate(inputs)
    await program.dispose()
    if (!sameShape(actual.shape, values.shape))
      faults.push(`${precision} shape [${actual.shape.join()}], expected [${values.shape.join()}]`)
    faults.push(
      ...disagreements(`${precision} value`, [actual.values], [values.data], bound),
      ...disagreements(`${precision} gradient of input`, actual.first, first, bound),
      ...disagreements(`${precision} second gradient of input`, actual.second, second, bound),
    )
  }
  return faults
}
