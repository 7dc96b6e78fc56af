// From images to an autoencoder, to latents, to a generator of them and back to images, through files; and every way to ask wrongly.
import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readMetadata, readNpy, readSafetensors } from '../data/files.ts'
import { place, type Place } from './testing/cli.ts'

let here: Place

const images = ['glyphs', '--resolution', '8', '--samples', '60']
const autoencoder = (out: string, ...more: string[]) => [
  ...['train', ...images, '--model', 'vae', '--width', '8', '--batch', '16', '--threads', '1'],
  ...['--out', out, ...more],
]

const trained = z.object({
  run: z.string(),
  latent: z.array(z.int()),
  hash: z.string().length(64),
  parameters: z.int(),
  step: z.int(),
  reconstruction: z.object({ samples: z.int(), split: z.string(), psnr: z.number(), kl: z.number() }),
})

let first: z.infer<typeof trained>

beforeAll(async () => {
  here = await place()
  first = trained.parse(await here.json(...autoencoder('vae', '--steps', '8')))
  await here.json('encode', 'vae', ...images, '--out', 'latents.safetensors', '--threads', '1')
}, 60_000)
afterAll(() => here.remove())

describe('an autoencoder on the command line', () => {
  it('measures itself on glyphs that it has not seen, and goes on to more steps', async () => {
    expect(first).toMatchObject({ run: 'vae', latent: [4, 4, 4], step: 8 })
    expect(first.reconstruction).toMatchObject({ samples: 60, split: 'test' })
    const config = await readFile(here.path('vae', 'config.yaml'), 'utf8')
    expect(config).toMatch(/^model: vae\n/)
    expect(config).toMatch(/\ndata:\n {2}source: glyphs\n/)

    await here.json(...autoencoder('longer', '--steps', '4'))
    const longer = trained.parse(
      await here.json('train', '--resume', 'longer', '--steps', '8', '--threads', '1'),
    )
    expect(longer).toMatchObject({ step: 8, parameters: first.parameters })
    const again = await here.run('train', here.path('vae', 'config.yaml'), '--out', 'again', '--threads', '1')
    expect(again.stdout).toContain(`hash            ${first.hash}`)
  })

  it('encodes with labels and the hash of its weights, and what is decoded is what it was', async () => {
    const { tensors } = await readSafetensors(here.path('latents.safetensors'))
    expect(tensors.get('latents')?.shape).toEqual([60, 4, 4, 4])
    expect(tensors.get('labels')?.data).toBeInstanceOf(Int32Array)
    const metadata = await readMetadata(here.path('latents.safetensors'))
    expect(metadata).toMatchObject({ autoencoder: first.hash, source: 'glyphs' })
    expect(JSON.parse(metadata.normalisation)).toMatchObject({ mean: expect.any(Array) as unknown })

    await here.json('decode', 'vae', 'latents.safetensors', '--out', 'some.npy', '-n', '10', '--threads', '1')
    expect((await readNpy(here.path('some.npy'))).shape).toEqual([10, 1, 8, 8])
    const { code } = await here.run(
      'decode',
      'vae',
      'latents.safetensors',
      '--out',
      'all.png',
      '--threads',
      '1',
    )
    expect(code).toBe(0)
    expect((await readFile(here.path('all.png'))).subarray(1, 4).toString()).toBe('PNG')
  })

  it('trains a generator on the latents, by class, and writes its samples as images', async () => {
    const small = ['--field', 'mlp', '--width', '16', '--depth', '2', '--batch', '16', '--steps', '4']
    const how = [...small, '--threads', '1', '--no-report', '--out', 'gen']
    const run = await here.json('train', 'latents.safetensors', ...how)
    expect(run).toMatchObject({ samples: 60, features: [4, 4, 4], classes: 10 })
    await here.json('sample', 'gen', '--decoder', 'vae', '-n', '5', '--out', 'made.npy')
    expect((await readNpy(here.path('made.npy'))).shape).toEqual([5, 1, 8, 8])

    await here.json(...autoencoder('other', '--steps', '1', '--seed', '1'))
    for (const wrong of [
      ['sample', 'gen', '--decoder', 'other', '--out', 'x.npy'],
      ['decode', 'other', 'latents.safetensors', '--out', 'x.npy'],
    ]) {
      const { code, stderr } = await here.run(...wrong)
      expect(code).toBe(2)
      expect(stderr).toMatch(
        /latents\.safetensors holds latents of the autoencoder [0-9a-f]{12}, this one is/,
      )
    }
    expect(await readdir(here.folder)).not.toContain('x.npy')
  })

  it.each<[string, string[], RegExp]>([
    [
      'samples of an autoencoder',
      ['sample', 'vae', '--out', 'x.npy'],
      /vae holds an autoencoder, expected a generator/,
    ],
    ['an evaluation of one', ['evaluate', 'vae'], /vae holds an autoencoder, expected a generator/],
    [
      'no autoencoder',
      ['encode', 'nope', ...images, '--out', 'x.safetensors'],
      /nope does not exist, expected a folder made by/,
    ],
    [
      'another file of images',
      ['decode', 'vae', 'latents.safetensors', '--out', 'x.gif'],
      /expected a name that ends in \.npy or \.png/,
    ],
    ['an unknown model', ['train', ...images, '--model', 'vea'], /did you mean 'vae'/],
    [
      'an option of generators',
      autoencoder('x', '--precondition', 'zca'),
      /--precondition is for generators/,
    ],
    ['a setting that there is not', autoencoder('x', '--set', 'klwieght=1'), /did you mean 'klWeight'/],
    [
      'a classifier that there is not',
      autoencoder('x', '--set', 'perceptual=mnits'),
      /'mnits', expected mnist or glyphs/,
    ],
    [
      'no images',
      ['train', 'swiss-roll', '--model', 'vae', '--out', 'x'],
      /takes images \[channels, height, width\], got samples of shape \[2\]/,
    ],
  ])('refuses %s in one line, and leaves nothing behind', async (_, args, message) => {
    const { code, stdout, stderr } = await here.run(...args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(
      (await readdir(here.folder)).filter((name) => name.startsWith('x') || name.startsWith('.')),
    ).toEqual([])
  })
})
