import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { barFigure } from './bar-figure.ts'
import { reportHtml, type Block, type Report } from './document.ts'
import { writeReport } from './write.ts'

const svg = barFigure({ bars: [{ name: 'ZCA', value: 6.12 }], valueLabel: 'Fréchet distance' })
const figure = (name?: string): Block => ({ kind: 'figure', svg, caption: 'Bars', name })

const report = (blocks: readonly Block[]): Report => ({
  title: 'Report',
  summary: 'Found.',
  sections: [
    { heading: 'κ over t: a “naïve” path / without', blocks: [figure()] },
    { heading: 'More', blocks },
  ],
  facts: { Seed: '0' },
})

let folder: string

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'report-')), 'run')
})
afterEach(() => rm(join(folder, '..'), { recursive: true }))

const figuresIn = async (): Promise<string[]> => (await readdir(join(folder, 'figures'))).sort()

it('writes the page and each figure, numbered in reading order, named by block or section', async () => {
  const one = report([
    figure('Excess risk'),
    { kind: 'details', summary: 'More', blocks: [figure('../Hidden')] },
  ])
  const path = await writeReport(folder, one)
  expect(path).toBe(join(folder, 'report.html'))
  expect(await readFile(path, 'utf8')).toBe(reportHtml(one))
  expect(await figuresIn()).toEqual([
    '01-over-t-a-naive-path-without.png',
    '01-over-t-a-naive-path-without.svg',
    '02-excess-risk.png',
    '02-excess-risk.svg',
    '03-hidden.png',
    '03-hidden.svg',
  ])
  expect(await readFile(join(folder, 'figures', '02-excess-risk.svg'), 'utf8')).toBe(svg)
})

it('renders figures at twice their size, dark on white', async () => {
  await writeReport(folder, report([figure('Bars')]))
  const png = sharp(join(folder, 'figures', '02-bars.png'))
  expect((await png.metadata()).width).toBe(2 * 688)
  const { channels } = await png.stats()
  expect(channels.map(({ max }) => max).slice(0, 3)).toEqual([255, 255, 255])
  expect(channels[0].min).toBeLessThan(60)
})

it('removes the figures of an earlier report, and nothing else', async () => {
  await writeReport(folder, report([figure('Old'), figure('Older')]))
  await writeFile(join(folder, 'figures', 'mine.svg'), '')
  await writeFile(join(folder, 'figures', '02-notes.txt'), '')
  await writeReport(folder, report([figure('New')]))
  const left = (await figuresIn()).filter((name) => !name.startsWith('01'))
  expect(left).toEqual(['02-new.png', '02-new.svg', '02-notes.txt', 'mine.svg'])
  await writeReport(folder, report([]), { figures: false })
  expect(await figuresIn()).toEqual(['02-notes.txt', 'mine.svg'])
})

it('leaves the earlier report in place when the new one cannot be drawn', async () => {
  const path = await writeReport(folder, report([]))
  const before = await readFile(path, 'utf8')
  const broken: Block = { kind: 'table', table: { columns: [], rows: [] }, caption: '' }
  await expect(writeReport(folder, report([broken]))).rejects.toThrow(/expected at least one of each/)
  expect(await readFile(path, 'utf8')).toBe(before)
})

it('says in one line when the folder cannot be written', async () => {
  await writeFile(join(folder, '..', 'file'), '')
  await expect(writeReport(join(folder, '..', 'file'), report([]))).rejects.toThrow(
    /cannot make folder .*file/,
  )
})
