// `precondition fit | apply` as a process: options of every kind, labels, and mistakes.
import { stat } from 'node:fs/promises'
import { ndarray } from '@whitewater/tensor'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readNpy, writeNpy } from '../data/files.ts'
import { correlated } from '../precondition/linear/testing/linear-cases.ts'
import { place, type Place } from './testing/cli.ts'

let here: Place

beforeAll(async () => {
  here = await place()
  const { samples, labels } = correlated({ seed: 1, features: [1, 4, 4], count: 200 })
  await writeNpy(here.path('in.npy'), samples)
  await writeNpy(here.path('labels.npy'), ndarray(labels ?? new Int32Array(0), [200]))
})
afterAll(() => here.remove())

const fit = (...more: readonly string[]) => here.json('precondition', 'fit', 'in.npy', '--out', 'P', ...more)

it('takes any option of a kind by --set, and says what the fit found', async () => {
  expect(await fit('--kind', 'low-rank', '--set', 'rank=3', '--floor', '1e-5')).toMatchObject({
    kind: 'low-rank',
    samples: 200,
    features: [1, 4, 4],
    streamed: false,
    options: { rank: 3, floor: 1e-5 },
    description: { rank: 3 },
  })
  expect(
    await fit('--kind', 'zca+dct', '--set', '0.shrinkage=ledoit-wolf', '--set', '1.domain=frequencies'),
  ).toMatchObject({
    options: { '0.shrinkage': 'ledoit-wolf', '1.domain': 'frequencies' },
  })
})

it('maps by class there and back, and keeps the labels that the way back needs', async () => {
  await fit('--kind', 'class-blocks', '--set', 'by=patch', '--set', 'size=2', '--labels', 'labels.npy')
  await here.json(
    'precondition',
    'apply',
    'P',
    'in.npy',
    'z.npy',
    '--labels',
    'labels.npy',
    '--labels-out',
    'kept.npy',
  )
  await here.json('precondition', 'apply', 'P', 'z.npy', 'back.npy', '--inverse', '--labels', 'kept.npy')
  const before = await readNpy(here.path('in.npy'))
  const after = await readNpy(here.path('back.npy'))
  expect(after.shape).toEqual([200, 1, 4, 4])
  before.data.forEach((value, i) => expect(Number(after.data[i])).toBeCloseTo(Number(value), 5))
})

it.each([
  [['fit', 'in.npy', '--kind', 'low-rank', '--set', 'rnk=3', '--out', 'Q'], /did you mean 'rank'/],
  [['fit', 'in.npy', '--kind', 'low-rank', '--set', 'rank', '--out', 'Q'], /expected name=value/],
  [
    ['fit', 'in.npy', '--kind', 'zca', '--set', 'shrinkage=oas', '--out', 'Q'],
    /expected 'none', 'ledoit-wolf'/,
  ],
  [['fit', 'in.npy', '--kind', 'class-pca', '--out', 'Q'], /needs the class of each sample/],
  [['apply', 'P', 'in.npy', 'z.txt'], /expected a name that ends in \.npy/],
  [['apply', 'P', 'in.npy', 'z2.npy'], /maps each sample by its class: got no labels/],
  [['apply', 'P', 'in.npy', 'z2.npy', '--inverse', '--labels-out', 'l.npy'], /leave one out/],
])('precondition %j is one clear error, and leaves nothing behind', async (args, message) => {
  const { code, stderr } = await here.run('precondition', ...args)
  expect(code).toBe(2)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toMatch(message)
  for (const name of ['Q', 'z.txt', 'z2.npy']) await expect(stat(here.path(name))).rejects.toThrow('ENOENT')
})
