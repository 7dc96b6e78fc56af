import { describe, expect, it } from 'vitest'
import type { Presentation } from '../runner/experiment.ts'
import type { Run } from './entries.ts'
import { presentMnist } from './report.ts'
import { madeUpPrepared, madeUpRuns } from './testing/made-up.ts'

const request = { quick: false, budget: 'cpu' } as const

const present = (runs: readonly Run[]): Promise<Presentation> => presentMnist(runs, madeUpPrepared())

const row = ({ table }: Presentation, name: string) => table.rows.find((one) => one.row === name)

describe("Table 1's page", () => {
  it("sets the ratios to none beside the paper's, and floors below", async () => {
    const shown = await present(madeUpRuns(request, 2))
    expect(shown.table.rows.map((one) => one.row)).toEqual([
      ...['none', 'zca', 'real-nvp', 'flow', 'standardise', 'gaussian-residual'],
      ...['gaussian-residual-class-means', 'real-nvp+gaussian-residual', 'none-matched', 'zca-matched'],
      ...['(training images)', '(training images, reconstructed)'],
    ])
    expect(row(shown, 'none')).toMatchObject({ parameters: '2.32 M', matched: 'no', frechetRatio: undefined })
    const flow = row(shown, 'flow')
    expect(flow).toMatchObject({ parameters: '2.32 + 1.05 M', matched: '–', evaluations: '40 + 62' })
    expect(flow).toHaveProperty('frechet.count', 2)
    expect(flow?.frechetRatio).toBeCloseTo(7.375 / 8.375, 6)
    expect(flow?.frechetPaper).toBeCloseTo(3.98 / 5.97, 6)
    expect(row(shown, 'none-matched')).toMatchObject({ matched: 'yes' })
    expect(row(shown, '(training images)')).toMatchObject({ frechet: 4.7, kind: '(training images)' })
  })

  it('says what is lower, what is not told apart, and what the fit costs', async () => {
    const { summary } = await present(madeUpRuns(request, 2))
    expect(summary).toContain('Lower by more than seeds differ: real-nvp 5.48 (0.65; paper 0.46)')
    expect(summary).toMatch(/Not told apart: zca 8\.48 \(1\.01; paper 0\.70\)/)
    expect(summary).toContain('Not yet at a first look by then: flow.')
    expect(summary).toContain('it is never reached by zca')
    expect(summary).toContain('the lowest FID of these rows that of real-nvp')
    expect(summary).not.toContain('With one seed')
  })

  it('counts time with the fit: a row behind at equal time may be ahead at equal steps', async () => {
    const { table } = await present(madeUpRuns(request, 1))
    const ahead = table.rows.find((one) => one.row === 'real-nvp')
    const ratios = [ahead?.frechetRatio, ahead?.frechetAtTimeRatio].map(Number)
    expect(ratios[0]).toBeLessThan(ratios[1])
    expect(table.rows.find((one) => one.row === 'flow')).toMatchObject({ frechetAtTime: undefined })
    expect(table.rows.find((one) => one.row === 'zca')).toMatchObject({ timeToBaseline: undefined })
  })

  it('never says more than seeds differ of one seed', async () => {
    const { summary } = await present(madeUpRuns(request, 1))
    expect(summary).not.toContain('more than seeds differ')
    expect(summary).not.toContain('Not told apart')
    expect(summary).toContain('With one seed, what is chance cannot be told')
  })

  it('shows figures and pictures of what there is', async () => {
    const { sections } = await present(madeUpRuns(request, 1))
    const names = sections.flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === 'figure' ? [block.name] : [])),
    )
    expect(names).toEqual([
      ...['fid-over-time', 'mmd-over-time', 'fid-over-epochs', 'mmd-over-epochs', 'samples'],
      ...['kappa', 'spectrum', 'kappa-while-fitting', 'reconstructions'],
    ])
  })

  it.each([
    [['none'], 'FID of none: 8.30'],
    [['zca', 'flow'], 'The row none was left out'],
    [['none', 'gaussian-residual-class-means'], 'gaussian-residual-class-means 6.10'],
  ])('does with rows %j', async (rows, said) => {
    const { summary, sections } = await present(madeUpRuns({ ...request, rows }, 1))
    expect(summary).toContain(said)
    expect(summary).not.toMatch(/undefined|NaN/)
    expect(sections.length).toBeGreaterThan(4)
  })
})
