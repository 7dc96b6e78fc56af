import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failureError, usageError } from '../../errors.ts'
import { experiment, type Asked, type Experiment } from './experiment.ts'
import { runGrid, type GridOptions, type GridProgress, type Measurer } from './grid.ts'

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'whitewater-grid-'))))
afterEach(() => rm(folder, { recursive: true }))

const request: Asked = { quick: true }

/** Squares of 0 ... 5, with `offset` among the settings. */
const squares = (offset = 0, measure = (seed: number): number => seed ** 2 + offset): Experiment =>
  experiment({
    name: 'squares',
    title: 'Squares',
    about: 'squares of seeds',
    grid: () =>
      Array.from({ length: 6 }, (_, seed) => ({ name: `seed-${seed}`, seed, settings: { offset } })),
    measure: ({ seed }) => Promise.resolve({ square: measure(seed) }),
    result: z.object({ square: z.number() }),
    present: (runs) => ({
      table: { columns: [{ key: 'square', label: 'square' }], rows: runs.map(({ result }) => result) },
      caption: '',
      summary: runs.map(({ seed, result }) => `${seed}:${result.square}`).join(' '),
      sections: [],
    }),
  })

const measured: string[] = []
const here = (one: Experiment) => (): Measurer => ({
  async measure(name, onProgress) {
    measured.push(name)
    onProgress(1, 2)
    return one.measure(request, name, { engine: {}, onProgress })
  },
  close: () => Promise.resolve(),
})

const run = (one: Experiment, extra: Partial<GridOptions> = {}) => {
  measured.length = 0
  return runGrid(one, request, { out: folder, version: '1', jobs: 2, open: here(one), ...extra })
}

describe('runGrid', () => {
  it('measures every cell once and gives results in the order of the grid', async () => {
    const seen: GridProgress[] = []
    const kept = await run(squares(), { onProgress: (now) => seen.push(now) })
    expect(kept.map(({ name, result }) => [name, result])).toEqual(
      [0, 1, 4, 9, 16, 25].map((square, seed) => [`seed-${seed}`, { square }]),
    )
    expect([...measured].sort()).toEqual(kept.map(({ name }) => name))
    expect(seen[0]).toMatchObject({ cells: 6, done: 0, kept: 0 })
    expect(seen.at(-1)).toMatchObject({ done: 6, running: [] })
    seen.forEach(({ done }, at) => expect(done).toBeGreaterThanOrEqual(seen[at - 1]?.done ?? 0))
  })

  it('keeps what was measured when a run fails, says which failed, and goes on from there', async () => {
    const broken = squares(0, (seed) => {
      if (seed === 3) throw failureError('the loss became NaN')
      return seed ** 2
    })
    await expect(run(broken, { jobs: 1 })).rejects.toThrow('run seed-3: the loss became NaN')
    expect((await readdir(join(folder, 'runs'))).sort()).toEqual([
      'seed-0.json',
      'seed-1.json',
      'seed-2.json',
    ])
    const kept = await run(squares())
    expect([...measured].sort()).toEqual(['seed-3', 'seed-4', 'seed-5'])
    expect(kept).toHaveLength(6)
  })

  it('measures again what was measured under other terms, by another version, or is damaged', async () => {
    await run(squares())
    await run(squares())
    expect(measured).toEqual([])
    const [first] = await run(squares(7))
    expect(first.result).toEqual({ square: 7 })
    expect(measured).toHaveLength(6)
    await run(squares(7), { version: '2' })
    expect(measured).toHaveLength(6)
    const path = join(folder, 'runs', 'seed-2.json')
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 30))
    await run(squares(7), { version: '2' })
    expect(measured).toEqual(['seed-2'])
    await run(squares(7), { version: '2', fresh: true })
    expect(measured).toHaveLength(6)
  })

  it('stops on a signal with what it has', async () => {
    const controller = new AbortController()
    const stopping = squares(0, (seed) => {
      if (seed === 2) controller.abort(new Error('stop'))
      return seed
    })
    await expect(run(stopping, { jobs: 1, signal: controller.signal })).rejects.toThrow('stop')
    expect(measured).toEqual(['seed-0', 'seed-1', 'seed-2'])
  })

  it('takes results of another folder for runs that have none here, with the machine that measured them', async () => {
    const other = join(folder, 'other')
    const here = join(folder, 'here')
    await run(squares(), { out: other })
    const path = join(other, 'runs', 'seed-1.json')
    const entry = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    await writeFile(path, JSON.stringify({ ...entry, machine: 'a laptop' }))
    await rm(join(other, 'runs', 'seed-4.json'))
    const kept = await run(squares(), { out: here, merge: [other] })
    expect(measured).toEqual(['seed-4'])
    expect(kept.map(({ machine }) => machine === 'a laptop')).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ])
    expect(kept[0].machine).toMatch(/ONNX Runtime/)
    // They stay when the other folder is gone.
    await rm(other, { recursive: true })
    expect((await run(squares(), { out: here }))[1].machine).toBe('a laptop')
    expect(measured).toEqual([])
  })

  it('refuses to merge what was measured with something else, or is not there', async () => {
    const other = join(folder, 'other')
    await run(squares(), { out: other })
    await expect(run(squares(7), { out: folder, merge: [other] })).rejects.toThrow(
      `--merge ${other} has none of the runs asked for: expected results of \`whitewater reproduce squares\` with the same options on the same data, by version 1`,
    )
    const checking: Experiment = {
      ...squares(),
      check({ name }) {
        throw usageError(`${name} goes with other weights`)
      },
    }
    await expect(run(checking, { out: folder, merge: [other] })).rejects.toThrow(
      `seed-0 of ${other} goes with other weights`,
    )
    expect(await readdir(join(folder, 'runs'))).toEqual([])
    await expect(run(squares(), { merge: [join(folder, 'nowhere')] })).rejects.toThrow(
      /nowhere is no folder of results: expected one that `whitewater reproduce squares` wrote, with runs\/ in it/,
    )
  })

  it('measures again, and does not merge, what was measured on other data', async () => {
    const other = join(folder, 'other')
    await run(squares(), { out: other, data: 'aaaa' })
    await run(squares(), { out: other, data: 'aaaa' })
    expect(measured).toEqual([])
    await expect(run(squares(), { data: 'bbbb', merge: [other] })).rejects.toThrow('on the same data')
    await run(squares(), { out: other, data: 'bbbb' })
    expect(measured).toHaveLength(6)
  })

  it('does not measure again where only the place of data is another', async () => {
    const placed = (dataDir: string): Experiment => {
      const one = squares()
      const cells = (asked: Asked) =>
        one.cells(asked).map((cell) => ({ ...cell, settings: { source: { source: 'mnist', dataDir } } }))
      return { ...one, cells }
    }
    await run(placed('/here'))
    expect(measured).toHaveLength(6)
    await run(placed('/there'))
    expect(measured).toEqual([])
  })

  it('refuses a result that a file cannot hold', async () => {
    await expect(run(squares(0, () => NaN))).rejects.toThrow(/run seed-\d gave a result that is not finite/)
  })
})

it('an experiment checks what comes back from files', async () => {
  const one = squares()
  const shown = await one.present(request, [{ name: 'seed-2', seconds: 1, result: { square: 4 } }])
  expect(shown.summary).toBe('2:4')
  await expect(one.present(request, [{ name: 'seed-2', seconds: 1, result: {} }])).rejects.toThrow()
  await expect(one.present(request, [{ name: 'seed-9', seconds: 1, result: {} }])).rejects.toThrow(
    "no run 'seed-9'",
  )
})
