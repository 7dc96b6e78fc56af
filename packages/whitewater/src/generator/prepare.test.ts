// What a run says before it trains: variances that were raised, map by map, and choices that do not go together.
import { ndarray, randomStream } from '@whitewater/tensor'
import { expect, it } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { preconditioner } from '../precondition/registry.ts'
import { gaussianResidual } from '../precondition/residual/gaussian.ts'
import { train } from './testing.ts'
import type { TrainOptions } from './train.ts'

const normal = randomStream(1).normal(500)

/** The third feature is constant, the last two are always the same. */
const data: Dataset = {
  name: 'flat',
  samples: ndarray(
    normal.map((value, i) => [value, value, 1, value, normal[i - 1]][i % 5]),
    [100, 5],
  ),
}

async function notices(options: Partial<TrainOptions>): Promise<string[]> {
  const said: string[] = []
  const generator = await train({
    data,
    field: mlp({ width: 4, depth: 1 }),
    steps: 1,
    batch: 8,
    engine: { threads: 1 },
    hooks: { onNotice: (notice) => said.push(notice) },
    ...options,
  })
  await generator.dispose()
  return said
}

it('says of each map of a chain how many variances it raised', async () => {
  expect(await notices({ preconditioner: preconditioner('zca', { floor: 1e-5 }) })).toEqual([
    'zca: 2 variances were below 0.00001 of the largest and were raised to the floor',
  ])
  expect(await notices({ preconditioner: preconditioner('standardise+zca') })).toEqual([
    'standardise: 1 variances were below 0.000001 of the largest and were raised to the floor',
    'zca: 2 variances were below 0.000001 of the largest and were raised to the floor',
  ])
})

it('says that a residual takes noise to be independent of the data', async () => {
  const residual = gaussianResidual()
  const preconditioned = { preconditioner: preconditioner('zca', { floor: 1e-3 }) }
  const said = await notices({ ...preconditioned, residual, coupling: { kind: 'optimal-transport' } })
  expect(said.at(-1)).toBe(
    'gaussian: its known velocity is that of independent noise, with the optimal-transport coupling the network has to learn what differs',
  )
  for (const options of [{ residual }, { coupling: { kind: 'optimal-transport' } }])
    expect((await notices({ ...preconditioned, ...options })).join()).not.toMatch(/independent/)
})
