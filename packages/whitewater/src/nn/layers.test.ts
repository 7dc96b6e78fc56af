import { evaluate, fromArray, ndarray, randomStream, sizeOf, type Tensor } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { conv1d, conv2d, embedding, groupNorm, layerNorm, linear, rmsNorm, selfAttention } from './layers.ts'
import { bound, declare, type Scope } from './scope.ts'

const noise = (shape: readonly number[], seed: number) =>
  ndarray(randomStream(seed).normal(sizeOf(shape)), shape)

/** Output of a layer with random weights, and those weights by name. */
async function run(build: (p: Scope) => Tensor) {
  const { parameters } = declare(build)
  const weights = new Map(parameters.map(({ name, shape }, i) => [name, noise(shape, 100 + i)]))
  const tensors = new Map([...weights].map(([name, value]) => [name, fromArray(value)]))
  const result = build(bound(tensors))
  const { y } = await evaluate({ y: result })
  return { shape: result.shape, y: Array.from(y, Number), weights }
}

const names = async (build: (p: Scope) => Tensor) =>
  [...(await run(build)).weights].map(([name, { shape }]) => `${name} [${shape.join()}]`)

describe('self-attention', () => {
  it('is softmax(q k^T / sqrt(width)) v in each head, as plain loops have it', async () => {
    const batch = 2
    const tokens = 3
    const width = 4
    const heads = 2
    const x = noise([batch, tokens, width], 1)
    const { y, weights } = await run((p) => selfAttention(p, fromArray(x), heads))
    const w = (name: string) => weights.get(name)?.data ?? []
    const size = width / heads
    const project = (row: ArrayLike<number>, name: string, out: number) =>
      Array.from(
        { length: out },
        (_, o) =>
          w(`${name}.bias`)[o] +
          Array.from({ length: width }, (_, i) => row[i] * w(`${name}.weight`)[o * width + i]).reduce(
            (a, b) => a + b,
          ),
      )
    for (let n = 0; n < batch; n++) {
      const rows = Array.from({ length: tokens }, (_, t) => {
        const start = (n * tokens + t) * width
        return project(x.data.subarray(start, start + width), 'qkv', 3 * width)
      })
      rows.forEach((query, t) => {
        const mixed = Array.from({ length: width }, (_, at) => {
          const head = Math.floor(at / size) * size
          const score = rows.map((key) =>
            Math.exp(
              Array.from({ length: size }, (_, j) => query[head + j] * key[width + head + j]).reduce(
                (a, b) => a + b,
              ) / Math.sqrt(size),
            ),
          )
          const total = score.reduce((a, b) => a + b)
          return rows.reduce((sum, value, s) => sum + (score[s] / total) * value[2 * width + at], 0)
        })
        project(mixed, 'proj', width).forEach((value, at) =>
          expect(Math.abs(value - y[(n * tokens + t) * width + at])).toBeLessThan(1e-4),
        )
      })
    }
  })

  it('says when heads do not divide the width', () => {
    expect(() => declare((p) => selfAttention(p, fromArray(noise([1, 2, 6], 1)), 4))).toThrow(
      /width 6.*4 heads/,
    )
  })
})

describe('parameters carry the names and layouts of PyTorch', () => {
  const image = () => fromArray(noise([2, 4, 6, 6], 1))
  it.each([
    {
      build: (p: Scope) => linear(p, fromArray(noise([5, 3], 1)), 7),
      expected: ['weight [7,3]', 'bias [7]'],
    },
    { build: (p: Scope) => conv2d(p, image(), 8), expected: ['weight [8,4,3,3]', 'bias [8]'] },
    {
      build: (p: Scope) => conv1d(p, fromArray(noise([2, 4, 9], 1)), 8),
      expected: ['weight [8,4,3]', 'bias [8]'],
    },
    { build: (p: Scope) => groupNorm(p, image(), 2), expected: ['weight [4]', 'bias [4]'] },
    { build: (p: Scope) => layerNorm(p, image()), expected: ['weight [6]', 'bias [6]'] },
    { build: (p: Scope) => rmsNorm(p, image()), expected: ['weight [6]'] },
    {
      build: (p: Scope) => embedding(p, fromArray(ndarray(Int32Array.of(1, 0), [2])), 3, 5),
      expected: ['weight [3,5]'],
    },
  ])('$expected', async ({ build, expected }) => {
    expect(await names(build)).toEqual(expected)
  })

  it('keeps the size of an image at stride 1, and halves it at stride 2', async () => {
    expect((await run((p) => conv2d(p, image(), 8))).shape).toEqual([2, 8, 6, 6])
    expect((await run((p) => conv2d(p, image(), 8, { stride: 2 }))).shape).toEqual([2, 8, 3, 3])
  })
})
