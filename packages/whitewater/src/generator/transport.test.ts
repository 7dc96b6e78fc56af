import { ndarray, randomStream } from '@whitewater/tensor'
import { expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { preconditioner } from '../precondition/registry.ts'
import type { Generator } from './generator.ts'
import { train } from './testing.ts'
import { transportConditions } from './transport.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const x0 = ndarray(randomStream(3).normal(40), [20, 2])
const base = { engine: cpu, steps: 30, batch: 32, field: mlp({ width: 16, depth: 2 }) }

it('an untrained map is nearly the identity; behind ZCA the whole map has the condition of Sigma^{1/2}', async () => {
  const data = await dataset('gaussian', { samples: 2000, dimension: 2, conditionNumber: 400 })
  const seen: { flow: number; whole: number; first: number }[] = []
  const take = async (generator: Generator): Promise<void> => {
    const { flow, whole, times } = await transportConditions(generator, x0, { engine: cpu })
    expect(times).toEqual([0, 1])
    const finer = await transportConditions(generator, x0, { engine: cpu, times: [0, 0.2, 0.7, 1] })
    expect(finer.flow).toHaveLength(4)
    finer.whole.forEach((value, i) => expect(value / whole[i]).toBeCloseTo(1, 3))
    seen.push({ flow: flow.at(-1)?.[0] ?? NaN, whole: whole[0], first: flow[0][0] })
  }
  const generator = await train({
    ...base,
    data,
    preconditioner: preconditioner('zca'),
    hooks: { snapshots: { at: [0], take } },
  })
  await generator.dispose()
  const [{ flow, whole, first }] = seen
  expect(first).toBe(1)
  expect(flow).toBeLessThan(1.6)
  // sqrt(400) = 20 up to what the untrained flow adds
  expect(whole / 20).toBeGreaterThan(1 / 1.7)
  expect(whole / 20).toBeLessThan(1.7)
})

it('refuses a generator with labels', async () => {
  const data = await dataset('mixture', { samples: 200, components: 2 })
  const generator = await train({ ...base, steps: 2, data })
  await expect(transportConditions(generator, x0, { engine: cpu })).rejects.toThrow('depends on the label')
  await generator.dispose()
})
