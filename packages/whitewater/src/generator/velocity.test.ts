import { ndarray, randomStream } from '@whitewater/tensor'
import { expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import { mlp } from '../nn/networks/mlp.ts'
import type { Generator } from './generator.ts'
import { train } from './testing.ts'
import { velocityOf } from './velocity.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const base = { engine: cpu, steps: 20, batch: 32, field: mlp({ width: 16, depth: 2 }) }
const stream = randomStream(4)
const x = ndarray(stream.normal(20), [10, 2])

it('is the field that the solver follows: one Euler step from the noise, whatever the blocks', async () => {
  const data = await dataset('gaussian', { samples: 200, dimension: 2 })
  const generator = await train({ ...base, data })
  const whole = velocityOf(generator.parts, { engine: cpu })
  const blocks = velocityOf(generator.parts, { engine: cpu, batch: 4 })
  const t = stream.uniform(10)
  expect((await blocks.at({ x, t })).data).toEqual((await whole.at({ x, t })).data)
  const { preconditioner } = generator.parts
  const { data: one } = await generator.sample(1, { seed: 7, method: 'euler', steps: 1 })
  const noise = randomStream(7).split('noise').split('0').normal(512).subarray(0, 2)
  const { data: v } = await whole.at({ x: ndarray(noise, [1, 2]), t: Float32Array.of(0) })
  const end = await preconditioner.invert(
    ndarray(
      v.map((value, j) => value + noise[j]),
      [1, 2],
    ),
  )
  end.data.forEach((value, j) => expect(value).toBeCloseTo(one[j], 5))
  for (const owner of [whole, blocks, generator]) await owner.dispose()
})

it('goes on with the weights of another snapshot, also in programs compiled before', async () => {
  const data = await dataset('mixture', { samples: 200, components: 3 })
  const at = { x, t: stream.uniform(10), labels: new Int32Array(10).fill(2) }
  const seen: Float32Array[] = []
  const take = async (lent: Generator): Promise<void> => {
    const own = velocityOf(lent.parts, { engine: cpu })
    seen.push((await own.at(at)).data)
    await own.dispose()
  }
  const generator = await train({ ...base, data, hooks: { snapshots: { at: [0, 20], take } } })
  const velocity = velocityOf(generator.parts, { engine: cpu })
  expect((await velocity.at(at)).data).toEqual(seen[1])
  await velocity.load(generator.parts.weights.map((value) => 2 * value))
  expect((await velocity.at(at)).data).not.toEqual(seen[1])
  await velocity.load(generator.parts.weights)
  expect((await velocity.at(at)).data).toEqual(seen[1])
  expect(seen[0]).not.toEqual(seen[1])
  await expect(velocity.at({ x, t: at.t })).rejects.toThrow(/got 0, expected one for each of the 10 samples/)
  await expect(velocity.at({ ...at, t: at.t.subarray(1) })).rejects.toThrow(/x \[10, 2\] and 9 times/)
  for (const owner of [velocity, generator]) await owner.dispose()
})
