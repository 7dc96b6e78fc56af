// The theory experiment on its smallest condition number, as `whitewater reproduce theory --quick` measures and shows it.
import { beforeAll, expect, test } from 'vitest'
import type { Kept, Presentation } from '../runner/experiment.ts'
import { theory } from './experiment.ts'

const request = { quick: true }
const names = ['kappa-10_none_seed-0', 'kappa-10_whitening_seed-0']

let kept: Kept[]
let shown: Presentation
beforeAll(async () => {
  kept = []
  for (const name of names) {
    const progress: number[] = []
    const onProgress = (done: number, total: number) => void progress.push(done / total)
    const result = await theory.measure(request, name, { engine: {}, onProgress })
    expect(progress.at(-1)).toBe(1)
    // As it comes back from a file.
    kept.push({ name, seconds: 1, result: JSON.parse(JSON.stringify(result)) as unknown })
  }
  shown = await theory.present(request, kept)
})

test('the grid has a cell per condition number and preconditioner, as many times as there are seeds', () => {
  const cells = theory.cells(request).map(({ name }) => name)
  expect(cells).toHaveLength(8)
  expect(cells).toEqual(expect.arrayContaining(names))
  expect(new Set(theory.cells({ ...request, seeds: 3 }).map(({ name }) => name)).size).toBe(24)
  expect(kept.every(({ result }) => theory.accepts(result))).toBe(true)
})

test('measured descents are the predicted ones, and whitening ends them in one step', () => {
  const { rows } = shown.table
  expect(rows.map(({ kind, t }) => [kind, t])).toEqual([
    ['none', 0.9],
    ['none', 1],
    ['whitening', 0.9],
    ['whitening', 1],
  ])
  for (const { kind, measured, exact, sufficient, deviation, lossDeviation, kappa } of rows) {
    expect(measured).toBe(exact)
    expect(Number(sufficient)).toBeGreaterThanOrEqual(Number(exact))
    expect(Number(deviation)).toBeLessThan(1e-12)
    expect(Number(lossDeviation)).toBeLessThan(1e-12)
    if (kind === 'whitening') expect([kappa, measured]).toEqual([1, 1])
  }
  expect(rows[1].kappa).toBeCloseTo(10, 10)
})

test('every figure is drawn, and the summary is made of the numbers', () => {
  const figures = shown.sections.flatMap(({ blocks }) => blocks.filter(({ kind }) => kind === 'figure'))
  expect(figures).toHaveLength(11)
  expect(new Set(figures.map((block) => 'name' in block && block.name)).size).toBe(11)
  expect(shown.summary).toContain('in 10 of 10')
  expect(shown.summary).not.toMatch(/NaN|undefined|∞|–/)
})
