import { describe, expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { preconditioner } from '../precondition/registry.ts'
import { train } from './train.ts'

describe('train', () => {
  it.each(['none', 'zca'])('trains a small generator with %s', async (kind) => {
    const data = await dataset('gaussian', { samples: 5000, dimension: 8, conditionNumber: 1e4 })
    const t0 = performance.now()
    const generator = await train({
      data,
      preconditioner: preconditioner(kind),
      field: mlp({ width: 128, depth: 3 }),
      steps: 2000,
      device: 'cpu',
      onProgress: (p) =>
        p.step % 500 === 0 && console.log(kind, p.step, p.loss.toFixed(4), p.stepsPerSecond.toFixed(0)),
    })
    const t1 = performance.now()
    const samples = await generator.sample(5000)
    console.log(kind, 'train', t1 - t0, 'sample', performance.now() - t1)
    expect(samples.shape).toEqual([5000, 8])
    await generator.dispose()
  })
})
