import { describe, expect, it } from 'vitest'
import { flatten, select } from './subset.ts'
import { dataset } from './registry.ts'

const samples = 3000

describe('glyphs', () => {
  it('are images of every digit in [-1, 1] on paper of -1', async () => {
    const { samples: images, labels, classes } = await dataset('glyphs', { samples: 200, noise: 0 })
    expect(images.shape).toEqual([200, 1, 16, 16])
    expect(classes).toBe(10)
    expect(new Set(labels).size).toBe(10)
    const least = images.data.reduce((low, v) => Math.min(low, v))
    const most = images.data.reduce((high, v) => Math.max(high, v))
    expect(least).toBe(-1)
    expect(most).toBeGreaterThan(0.8)
    expect(most).toBeLessThanOrEqual(1)
    const paper = images.data.filter((v) => v === -1).length / images.data.length
    expect(paper).toBeGreaterThan(0.5)
    expect(paper).toBeLessThan(0.9)
  })

  it('stay inside the picture: the outermost pixels are almost all paper', async () => {
    const { data } = (await dataset('glyphs', { samples, resolution: 20, noise: 0 })).samples
    const edge = data.filter((_, i) => [0, 19].includes(i % 20) || [0, 19].includes(Math.floor(i / 20) % 20))
    expect(edge.filter((v) => v > -1).length / edge.length).toBeLessThan(0.02)
  })

  it('are the same drawing at any resolution, for any count and noise', async () => {
    const fine = (await dataset('glyphs', { samples: 40, resolution: 64, noise: 0 })).samples.data
    const coarse = (await dataset('glyphs', { samples: 80, resolution: 16 })).samples.data
    let worst = 0
    for (let i = 0; i < 40; i++) {
      for (let pixel = 0; pixel < 256; pixel++) {
        const row = pixel >> 4
        const column = pixel & 15
        let mean = 0
        for (let k = 0; k < 16; k++)
          mean += fine[i * 4096 + (4 * row + (k >> 2)) * 64 + 4 * column + (k & 3)] / 16
        worst = Math.max(worst, Math.abs(mean - coarse[i * 256 + pixel]))
      }
    }
    // The ramp at the edge stands for the covered area; corners and junctions differ from it by less than half the range.
    expect(worst).toBeLessThan(1)
  })

  it('are digits: the nearest of 3,000 others names the class', async () => {
    const train = await dataset('glyphs', { samples })
    const test = select(
      await dataset('glyphs', { samples: 300, split: 'test' }),
      Array.from({ length: 300 }, (_, i) => i),
    )
    const a = flatten(train).data
    const b = flatten(test).data
    let right = 0
    for (let i = 0; i < 300; i++) {
      let best = Infinity
      let label = -1
      for (let j = 0; j < samples; j++) {
        let distance = 0
        for (let k = 0; k < 256 && distance < best; k++) distance += (a[j * 256 + k] - b[i * 256 + k]) ** 2
        if (distance < best) {
          best = distance
          label = train.labels?.[j] ?? -1
        }
      }
      if (label === test.labels?.[i]) right++
    }
    expect(right / 300).toBeGreaterThan(0.9)
  })
})
