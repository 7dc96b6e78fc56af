// Exported files, run by plain ONNX Runtime at several batch sizes, against the programs that they were traced from.
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, it, test } from 'vitest'
import * as w from '../index.ts'
import { allNodes } from '../graph.ts'
import { relativeError } from '../testing/gradcheck.ts'
import { onnxFile } from './onnx-file.ts'

interface Layer {
  readonly name: string
  readonly features: readonly number[]
  readonly build: (x: w.Tensor, labels: w.Tensor) => w.Tensor
}

const random = (shape: readonly number[], name = 'weight') =>
  w.fromArray(w.ndarray(w.randomStream(3).split(name).normal(w.sizeOf(shape)), shape))

const rows = (x: w.Tensor): number => x.shape[0]

const image = [4, 6, 6]
const layers: readonly Layer[] = [
  {
    name: 'linear and its activations',
    features: [6],
    build: (x) => w.gelu(w.softplus(w.silu(w.linear(x, random([5, 6]), random([5], 'bias'))))),
  },
  {
    name: 'relu, tanh, clamp, sign',
    features: [6],
    build: (x) => w.add(w.relu(w.tanh(x)), w.sign(w.clamp(x, -1, 1))),
  },
  {
    name: 'float64 inside',
    features: [6],
    build: (x) => w.cast(w.matmul(w.cast(x, 'float64'), w.cast(random([6, 6]), 'float64')), 'float32'),
  },
  {
    name: 'layer, RMS and softmax',
    features: [6],
    build: (x) => w.logSoftmax(w.rmsNorm(w.layerNorm(x, random([6])))),
  },
  {
    name: 'reductions',
    features: [3, 4],
    build: (x) =>
      w.add(
        w.mean(x, 1, { keepDims: true }),
        w.add(w.max(x, 2, { keepDims: true }), w.logsumexp(x, 2, { keepDims: true })),
      ),
  },
  {
    name: 'all samples together',
    features: [4],
    build: (x) => w.div(x, w.sqrt(w.add(w.mean(w.square(x)), w.mean(x, 0)))),
  },
  {
    name: 'embedding and one-hot',
    features: [5],
    build: (x, y) =>
      w.add(x, w.add(w.gather(random([3, 5]), y), w.matmul(w.oneHot(y, 3), random([3, 5], 'other')))),
  },
  {
    name: 'attention',
    features: [6, 8],
    build: (x) => {
      const heads = w.transpose(w.reshape(x, [rows(x), 6, 2, 4]), [0, 2, 1, 3])
      return w.reshape(w.transpose(w.attention(heads, heads, heads), [0, 2, 1, 3]), x.shape)
    },
  },
  {
    name: 'convolutions with strides and padding',
    features: image,
    build: (x) =>
      w.conv2d(
        w.conv2d(x, random([8, 4, 3, 3]), random([8], 'bias'), { padding: 1 }),
        random([4, 8, 3, 3], 'down'),
        undefined,
        { stride: 2 },
      ),
  },
  {
    name: 'convolution that our CPU does in spectra',
    features: [32, 4, 4],
    build: (x) => w.conv2d(x, random([32, 32, 3, 3]), random([32], 'bias'), { padding: 1 }),
  },
  {
    name: 'convolution over one axis',
    features: [3, 9],
    build: (x) => w.conv1d(x, random([2, 3, 3]), undefined, { stride: 2 }),
  },
  { name: 'group norm', features: image, build: (x) => w.groupNorm(x, 2, random([4]), random([4], 'shift')) },
  {
    name: 'resolution up and down',
    features: image,
    build: (x) => w.averagePool(w.upsampleNearest(x, 2), 3),
  },
  { name: 'overlapping windows', features: image, build: (x) => w.averagePool(x, 3, { stride: 1 }) },
  { name: 'maxPool', features: image, build: (x) => w.maxPool(x, 3, { stride: 2, padding: 1 }) },
  { name: 'resizeBilinear', features: image, build: (x) => w.resizeBilinear(x, 7, 3) },
  {
    name: 'a doubled batch',
    features: [4],
    build: (x, y) => {
      const none = w.constant(new Int32Array(rows(x)).fill(2))
      const table = random([3, 4])
      const [a, b] = w.chunk(w.add(w.concat([x, x]), w.gather(table, w.concat([y, none]))), 2)
      return w.sub(w.mul(a, 3), w.mul(b, 2))
    },
  },
  {
    name: 'cut, padded and joined along the batch',
    features: [4],
    build: (x) => w.pad(w.slice(w.concat([x, x]), [1, 0], [2 * rows(x) - 1, 2]), [1, 0], [0, 2]),
  },
  {
    name: 'shapes broadcast along the batch',
    features: [4],
    build: (x) => w.mul(x, w.reshape(w.expand(random([1]), [rows(x)]), [rows(x), 1])),
  },
  {
    name: 'the number of samples itself',
    features: [4],
    build: (x) => w.mul(x, w.cast(w.constant(Int32Array.of(rows(x)), []), 'float32')),
  },
  {
    name: 'a loop around a network',
    features: [4],
    build: (x, y) =>
      w.loop({
        most: 3,
        state: [x],
        body: (k, [h]) => ({
          next: [
            w.add(
              h,
              w.mul(
                w.silu(w.add(w.linear(h, random([4, 4])), w.gather(random([3, 4]), y))),
                w.gather(random([3], 'steps'), k),
              ),
            ),
          ],
        }),
      })[0],
  },
  {
    name: 'a branch',
    features: [4],
    build: (x) =>
      w.branch(
        w.less(w.mean(x), 100),
        () => w.concat([x, x]),
        () => w.expand(w.scalar(0), [2 * rows(x), 4]),
      ),
  },
]

const inputsOf = (batch: number, features: readonly number[]) => ({
  x: w.input('x', [batch, ...features]),
  labels: w.input('labels', [batch], 'int32'),
})

async function run(bytes: Uint8Array, feeds: Readonly<Record<string, w.NdArray>>): Promise<w.NdArray> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 })
  const tensors = Object.entries(feeds).map(([name, { data, shape }]) => [
    name,
    new OrtTensor(w.dtypeOf(data), data, [...shape]),
  ])
  const { y } = await session.run(Object.fromEntries(tensors) as InferenceSession.OnnxValueMapType) // pairs of name and tensor
  const result = w.ndarray(Float32Array.from(y.data as Float32Array), y.dims)
  await session.release()
  return result
}

const feedsFor = (count: number, features: readonly number[]) => ({
  x: w.ndarray(w.randomStream(9).normal(count * w.sizeOf(features)), [count, ...features]),
  labels: w.ndarray(
    Int32Array.from({ length: count }, (_, i) => i % 3),
    [count],
  ),
})

describe('a file for every batch size', () => {
  test.each([...layers])('$name', async ({ features, build }: Layer) => {
    const { bytes } = onnxFile((batch) => {
      const { x, labels } = inputsOf(batch, features)
      // Read, so that ONNX Runtime knows every input.
      const y = w.add(
        build(x, labels),
        w.mul(w.cast(w.reshape(w.sliceAxis(labels, 0, 0, 1), []), 'float32'), 0),
      )
      return { inputs: [x, labels], outputs: { y } }
    })
    const own = w.traced(({ x, labels }) => ({ y: build(x, labels) }))
    for (const count of [1, 3, 64]) {
      const feeds = feedsFor(count, features)
      const found = await run(bytes, feeds)
      const { y: expected } = await own(feeds)
      expect(found.shape).toEqual(expected.shape)
      expect(
        relativeError(
          Float64Array.from(found.data as Float32Array),
          Float64Array.from(expected.data as Float32Array),
        ),
      ).toBeLessThan(2e-5)
    }
    await own.dispose()
    const { graph, opsetImport } = fromBinary(ModelProtoSchema, bytes)
    expect(graph && allNodes(graph).filter(({ domain }) => domain !== '')).toEqual([])
    expect(opsetImport).toHaveLength(1)
  })
})

describe('weights', () => {
  const weight = w.input('weight', [4, 4])
  const state = { 'layer.weight': { current: weight, initial: w.randomStream(1).normal(16) } }

  it('are inside once, under their names, and the batch is an axis called N', () => {
    const { bytes, opset } = onnxFile(
      (batch) => {
        const x = w.input('x', [batch, 4])
        return { inputs: [x], outputs: { y: w.matmul(w.matmul(x, weight), weight) }, state }
      },
      { solver: 'none' },
    )
    const { graph, metadataProps, opsetImport } = fromBinary(ModelProtoSchema, bytes)
    expect(graph?.initializer.map(({ name }) => name)).toEqual(['layer.weight'])
    expect(graph?.input.map(({ name }) => name)).toEqual(['x'])
    expect(metadataProps.map(({ key, value }) => [key, value])).toEqual([['solver', 'none']])
    expect(opsetImport.map(({ version }) => Number(version))).toEqual([opset])
    const types = [...(graph?.input ?? []), ...(graph?.output ?? [])].map(({ type }) => type?.value)
    const axes = types.map((type) =>
      type?.case === 'tensorType' ? type.value.shape?.dim[0]?.value : undefined,
    )
    expect(axes).toEqual([1, 2].map(() => ({ case: 'dimParam', value: 'N' })))
  })

  it('that change have no place in a file', () => {
    const changing = { weight: { ...state['layer.weight'], next: w.mul(weight, 2) } }
    const trace = (batch: number) => ({
      inputs: [w.input('x', [batch, 4])],
      outputs: { y: weight },
      state: changing,
    })
    expect(() => onnxFile(trace)).toThrow(/cannot export state 'weight'/)
  })
})

describe('what depends on the number of samples otherwise is refused, by name', () => {
  const refused = (build: (x: w.Tensor) => w.Tensor) => () =>
    onnxFile((batch) => {
      const x = w.input('x', [batch, 4])
      return { inputs: [x], outputs: { y: build(x) } }
    })

  it.each([
    [
      'values for each sample',
      (x: w.Tensor) => w.mul(x, random([rows(x), 1])),
      /a constant that Mul reads holds values of its own for each sample/,
    ],
    [
      'a number that is not in proportion',
      (x: w.Tensor) => w.mul(x, 1 / rows(x)),
      /a constant that Mul reads changes with the number of samples/,
    ],
    [
      'an attribute',
      (x: w.Tensor) => w.conv2d(w.reshape(x, [1, 1, rows(x), 4]), w.expand(w.scalar(1), [1, 1, rows(x), 1])),
      /attribute kernel_shape of Conv depends on the number of samples/,
    ],
    [
      'other operations',
      (x: w.Tensor) => (rows(x) > 1010 ? w.neg(x) : w.exp(x)),
      /what is computed at Exp depends on the number of samples/,
    ],
    ['no batch at all', () => w.input('z', [3]), /used but not listed/],
  ] as const)('%s', (_, build, message) => {
    expect(refused(build)).toThrow(message)
  })
})
