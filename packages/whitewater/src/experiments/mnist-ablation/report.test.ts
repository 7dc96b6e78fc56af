import { expect, it } from 'vitest'
import { madeUpPrepared, madeUpRuns } from '../mnist/testing/made-up.ts'
import type { AblationSettings, Variation } from './settings.ts'
import type { AblationRun } from './entries.ts'
import { presentAblation } from './report.ts'

const request = { quick: false, budget: 'cpu' } as const

/** A preconditioner's gain over none's FID of 8.3 shrinks with `lost` per missing half. */
function variation(row: string, { axis, factor }: Variation, lost: number): AblationRun[] {
  return madeUpRuns({ ...request, rows: [row] }, 1).map((run) => {
    const { settings, result } = run
    const added = lost * Math.log2(1 / factor)
    const fitEpochs = settings.fitEpochs && settings.fitEpochs * (axis === 'epochs' ? factor : 1)
    const own: AblationSettings = { ...settings, axis, factor, fitEpochs }
    const weights = result.preconditionerParameters * (axis === 'capacity' ? factor ** 2 : 1)
    const looks = result.looks.map((look) => ({ ...look, frechet: look.frechet + added }))
    return { ...run, settings: own, result: { ...result, looks, preconditionerParameters: weights } }
  })
}

const runs = (lost: number): AblationRun[] => [
  ...variation('none', { axis: 'baseline', factor: 1 }, 0),
  ...variation('none-matched', { axis: 'baseline', factor: 1 }, 0),
  ...['real-nvp', 'flow'].flatMap((row) => [
    ...[0.25, 0.5, 0.75, 1].flatMap((factor) => variation(row, { axis: 'capacity', factor }, lost)),
    ...[0.125, 0.25, 0.5].flatMap((factor) => variation(row, { axis: 'epochs', factor }, lost)),
  ]),
]

it('shows FID along both axes, the full size at the end of both', () => {
  const { table, summary, sections } = presentAblation(runs(0.2), madeUpPrepared())
  expect(table.rows).toHaveLength(16)
  expect(summary).toContain(
    'real-nvp, FID by weights of the preconditioner: 5.80 at 65,640, 5.60 at 0.26 M, 5.48 at 0.59 M, 5.40 at 1.05 M; saturated: the last increase brings 3 % of the gain over none.',
  )
  expect(summary).toContain(
    'FID by epochs of the preconditioner: 6.00 at 1.4, 5.80 at 2.7, 5.60 at 5.4, 5.40 at 11',
  )
  expect(summary).toContain('as many weights in the field alone 0.96; real-nvp of full size 0.65')
  expect(summary).toContain('One seed each')
  expect(sections.flatMap(({ blocks }) => blocks)).toHaveLength(2)
})

it('says when more does not saturate, and when there is nothing to saturate', () => {
  const { summary } = presentAblation(runs(1), madeUpPrepared())
  expect(summary).toContain('not saturated: the last increase brings')
  expect(presentAblation(runs(-0.2), madeUpPrepared()).summary).toContain('the last increase gains nothing')
})
