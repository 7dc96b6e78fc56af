import { evaluate, fromArray, input, ndarray, randomStream, sizeOf } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { bound, declare, initialWeights, namedParts } from '../scope.ts'
import { planOf } from './plan.ts'
import { decoder, encoder, reparametrised } from './vae.ts'

const options = { latentChannels: 4, width: 8, blocks: 1, groups: 4 }

const shapes = (image: readonly number[], extra = {}) => {
  const plan = planOf(image, { ...options, ...extra })
  const x = input('x', [2, ...image])
  const { result } = declare((p) => {
    const { mean, logVariance } = encoder(p, plan, x)
    return { mean, logVariance, made: decoder(p, plan, mean) }
  })
  expect(result.logVariance.shape).toEqual(result.mean.shape)
  expect(result.mean.shape.slice(1)).toEqual(plan.latent)
  expect(result.made.shape).toEqual(x.shape)
  return plan.latent
}

describe('the autoencoder of images', () => {
  it('has latents of 4 x 4 for MNIST, glyphs and CIFAR, and gives every size back, odd ones too', () => {
    expect(shapes([1, 28, 28])).toEqual([4, 4, 4])
    expect(shapes([1, 16, 16])).toEqual([4, 4, 4])
    expect(shapes([3, 32, 32])).toEqual([4, 4, 4])
    expect(shapes([3, 64, 48], { latentChannels: 3 })).toEqual([3, 8, 6])
    expect(shapes([1, 27, 13])).toEqual([4, 4, 2])
    expect(shapes([1, 4, 4])).toEqual([4, 2, 2])
    expect(shapes([1, 28, 28], { halvings: 2, blocks: 2 })).toEqual([4, 7, 7])
  })

  it('grows with width and blocks, by names like those of diffusers', () => {
    const parameters = (extra = {}) => {
      const plan = planOf([1, 28, 28], { ...options, ...extra })
      const x = input('x', [1, 1, 28, 28])
      return declare((p) => decoder(p, plan, encoder(p, plan, x).mean)).parameters
    }
    const count = (extra = {}) => parameters(extra).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const names = parameters().map(({ name }) => name)
    expect(names).toContain('encoder.down_blocks.0.resnets.0.conv1.weight')
    expect(names).toContain('encoder.down_blocks.1.downsamplers.0.conv.weight')
    expect(names).toContain('decoder.up_blocks.2.resnets.0.norm2.bias')
    expect(count({ width: 16 }) / count()).toBeGreaterThan(3.5)
    // Two more 3 x 3 convolutions with their norms at each resolution, on either side.
    const block = (c: number) => 2 * (9 * c * c + c) + 4 * c
    expect(count({ blocks: 2 }) - count()).toBe(2 * (block(8) + block(16) + block(32)))
  })

  it('puts a pixel of the latents into its own part of the image, and noise in by its deviation', async () => {
    const plan = planOf([1, 16, 16], { ...options, blocks: 0 })
    const z = ndarray(new Float32Array(64), [1, 4, 4, 4])
    const { parameters } = declare((p) => decoder(p, plan, fromArray(z)))
    const weights = new Map(namedParts(parameters, initialWeights(parameters, randomStream(0))))
    const p = bound(new Map([...weights].map(([name, value]) => [name, fromArray(value)])))
    const corner = ndarray(
      Float32Array.from(z.data, (_, i) => (i % 16 === 0 ? 3 : 0)),
      [1, 4, 4, 4],
    )
    // Group norms see the whole image, so what is compared is where the change is largest.
    const { a, b } = await evaluate({
      a: decoder(p, plan, fromArray(z)),
      b: decoder(p, plan, fromArray(corner)),
    })
    const change = Array.from({ length: 256 }, (_, i) => Math.abs(Number(a[i]) - Number(b[i])))
    const energy = (rows: (y: number, x: number) => boolean) =>
      change.reduce((sum, value, i) => sum + (rows(Math.floor(i / 16), i % 16) ? value ** 2 : 0), 0)
    expect(energy((y, x) => y < 8 && x < 8)).toBeGreaterThan(3 * energy((y, x) => y >= 8 && x >= 8))

    const posterior = {
      mean: fromArray(corner),
      logVariance: fromArray(ndarray(new Float32Array(64).fill(Math.log(4)), [1, 4, 4, 4])),
    }
    const { y } = await evaluate({
      y: reparametrised(posterior, fromArray(ndarray(new Float32Array(64).fill(0.5), [1, 4, 4, 4]))),
    })
    expect(Number(y[0])).toBeCloseTo(4, 5)
    expect(Number(y[1])).toBeCloseTo(1, 5)
  })
})
