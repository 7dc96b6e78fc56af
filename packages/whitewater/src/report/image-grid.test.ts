import sharp from 'sharp'
import { ndarray } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { imageGrid, imageGridPng } from './image-grid.ts'

const pixels = async (png: Buffer) => sharp(png).raw().toBuffer({ resolveWithObject: true })

describe('imageGridPng', () => {
  it('lays grey images out by rows, clamps, and leaves the gap transparent', async () => {
    const images = ndarray(Float32Array.of(-1, 1, -9, 9, 0, 0), [3, 1, 1, 2])
    const { data, info } = await pixels(await imageGridPng({ images, columns: 2, scale: 1 }))
    expect([info.width, info.height, info.channels]).toEqual([6, 4, 4])
    const at = (x: number, y: number) => [...data.subarray(4 * (y * 6 + x), 4 * (y * 6 + x) + 4)]
    expect([at(0, 0), at(1, 0), at(4, 0), at(5, 0)].map(([grey]) => grey)).toEqual([0, 255, 0, 255])
    expect(at(0, 3)).toEqual([128, 128, 128, 255])
    expect(at(2, 0)[3]).toBe(0)
    expect(at(4, 3)[3]).toBe(0)
  })

  it('keeps channels apart, maps the range and shows NaN in magenta', async () => {
    const images = ndarray(Float32Array.of(1, NaN, 0, 0, 0.2, 0), [1, 3, 1, 2])
    const { data } = await pixels(await imageGridPng({ images, range: [0, 1], scale: 1 }))
    expect([...data]).toEqual([255, 0, 51, 255, 255, 0, 255, 255])
  })

  it('enlarges small images without blur', async () => {
    const images = ndarray(new Float32Array(8 * 8), [1, 1, 8, 8])
    const { info } = await pixels(await imageGridPng({ images }))
    expect([info.width, info.height]).toEqual([48, 48])
  })

  it('says which shape and range it expected', async () => {
    const images = ndarray(new Float32Array(8), [2, 2, 2])
    await expect(imageGridPng({ images })).rejects.toThrow(
      /shape \[2, 2, 2\], expected \[n, 1 or 3, height, width\]/,
    )
    const fine = ndarray(new Float32Array(4), [1, 1, 2, 2])
    await expect(imageGridPng({ images: fine, range: [1, 1] })).rejects.toThrow(/expected low < high/)
    await expect(imageGridPng({ images: fine, columns: 0 })).rejects.toThrow(/columns 0/)
  })
})

it('imageGrid gives a data URI', async () => {
  const images = ndarray(new Float32Array(4), [1, 1, 2, 2])
  expect(await imageGrid({ images })).toMatch(/^data:image\/png;base64,iVBOR/)
})
