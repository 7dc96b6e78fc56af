import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { usageError } from '../../errors.ts'
import { sharingExperiment, type Asked, type Experiment } from './experiment.ts'
import { runGrid, type Measurer } from './grid.ts'
import { namesOption } from './options.ts'
import { prepareShared } from './prepare.ts'
import { reproduce } from './reproduce.ts'

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'whitewater-prepare-'))))
afterEach(() => rm(folder, { recursive: true }))

const request: Asked = { quick: true }

let made = 0

/** Runs that all depend on one number. */
const shared = (base: number): Experiment =>
  sharingExperiment({
    name: 'shared',
    title: 'Shared',
    about: 'sums of a number that all share',
    options: { rows: namesOption('some of them') },
    grid({ rows }) {
      if (rows) throw usageError(`unknown row ${rows.join()}`)
      return [1, 2].map((seed) => ({ name: `seed-${seed}`, seed, settings: {} }))
    },
    prepare() {
      made++
      return Promise.resolve({ base })
    },
    prepared: z.object({ base: z.number() }),
    measure: ({ seed }, { folder: own }) => Promise.resolve({ base, sum: base + seed, own: own ?? '' }),
    result: z.object({ base: z.number(), sum: z.number(), own: z.string() }),
    check(result, prepared, run) {
      if (result.base !== prepared.base) throw usageError(`${run} was measured with ${result.base}`)
    },
    present: (runs, prepared) => ({
      table: {
        columns: [{ key: 'sum', label: 'sum' }],
        rows: runs.map(({ result }) => ({ sum: result.sum })),
      },
      caption: '',
      summary: `base ${prepared.base}`,
      sections: [],
    }),
  })

const options = (one: Experiment) => ({
  out: folder,
  version: '1',
  jobs: 1,
  facts: {},
  open: (): Measurer => ({
    measure: (name, onProgress, own) => one.measure(request, name, { engine: {}, onProgress, folder: own }),
    close: () => Promise.resolve(),
  }),
})

it('makes what runs share before them and hands it to the page; each run has a folder that goes when it is done', async () => {
  const one = shared(10)
  const { summary, table } = await reproduce(one, request, options(one))
  expect([summary, table.rows]).toEqual(['base 10', [{ sum: 11 }, { sum: 12 }]])
  const kept = await runGrid(one, request, options(one), await prepareShared(one, request, options(one)))
  expect(kept.map(({ result }) => result)).toMatchObject(
    [1, 2].map((seed) => ({ own: join(folder, 'work', `seed-${seed}`) })),
  )
  expect(await readdir(join(folder, 'runs'))).toEqual(['seed-1.json', 'seed-2.json'])
})

it('refuses a kept result that was measured with something else, until all are measured anew', async () => {
  await reproduce(shared(10), request, options(shared(10)))
  const other = shared(20)
  await expect(reproduce(other, request, options(other))).rejects.toThrow('seed-1 was measured with 10')
  const { summary } = await reproduce(other, request, { ...options(other), fresh: true })
  expect(summary).toBe('base 20')
})

it('refuses what an experiment cannot be asked for, before anything is made for it', async () => {
  const one = shared(10)
  made = 0
  await expect(reproduce(one, { ...request, options: { rows: 'x' } }, options(one))).rejects.toThrow(
    'unknown row x',
  )
  expect(made).toBe(0)
  await expect(reproduce(one, { ...request, options: { budget: 'cpu' } }, options(one))).rejects.toThrow(
    'shared takes no --budget: options of its own are --rows',
  )
})
