import type { input } from '@whitewater/tensor'
import {
  add,
  compile,
  linear,
  mean,
  mul,
  randomStream,
  square,
  sub,
  sum,
  type Program,
} from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { fanIn } from '../nn/initialise.ts'
import { initialWeights } from '../nn/scope.ts'
import { layoutOf, readVector, stateName, writeVector } from './groups.ts'
import { adam } from './optimizer.ts'
import { stepsPerRun, traceStep, unrolled, type Objective } from './step.ts'

const objective: Objective = {
  batch: { x: { shape: [16, 3] }, y: { shape: [16, 2] } },
  loss: (p, { x, y }) => {
    const weight = p.parameter('weight', [2, 3], fanIn(3))
    return mean(square(sub(linear(x, weight, p.parameter('bias', [2], fanIn(3))), y)))
  },
}

const rule = { optimizer: adam() }
const stream = randomStream(1)
const x = stream.normal(8 * 48)
const y = stream.normal(8 * 32)
const numbers = Array.from({ length: 8 }, (_, k) => [0.9, ...rule.optimizer.numbers(k + 1, 0.05)])

async function start(steps: number): Promise<Program> {
  const traced = traceStep(objective, rule)
  const program = await compile(unrolled(traced, steps), { device: 'cpu' })
  const weights = initialWeights(traced.layout.parameters, randomStream(0))
  for (const name of ['parameters', 'average']) await writeVector(program, traced.layout, name, weights)
  return program
}

describe('training steps', () => {
  it('gives the same weights unrolled as one by one', async () => {
    const together = await start(8)
    const single = await start(1)
    const { loss } = await together.run({ x, y, numbers: Float32Array.from(numbers.flat()) })
    for (let k = 0; k < 8; k++) {
      const result = await single.run({
        x: x.subarray(48 * k, 48 * (k + 1)),
        y: y.subarray(32 * k, 32 * (k + 1)),
        numbers: Float32Array.from(numbers[k]),
      })
      expect(Math.abs(Number(result.loss.data[0]) - Number(loss.data[k]))).toBeLessThan(1e-6)
    }
    for (const name of ['parameters', 'average', 'adam.mean', 'adam.square']) {
      const a = await together.readState(stateName(name, 0))
      const b = await single.readState(stateName(name, 0))
      a.forEach((value, i) => expect(Math.abs(Number(value) - Number(b[i]))).toBeLessThan(1e-6))
    }
    await together.dispose()
    await single.dispose()
  })

  it('clips the gradient to the given global norm', async () => {
    // With plain gradient descent in place of Adam the change of the weights is the clipped gradient itself.
    const descent = {
      ...rule.optimizer,
      moments: [],
      numbers: () => [],
      update: ({ parameters }: { parameters: ReturnType<typeof input> }, g: ReturnType<typeof input>) => ({
        parameters: sub(parameters, g),
        moments: [],
      }),
    }
    const steep: Objective = {
      batch: {},
      loss: (p) => mul(100, sum(p.parameter('w', [4], () => new Float32Array(4)))),
    }
    const program = await compile(unrolled(traceStep(steep, { optimizer: descent, clip: 0.5 }), 1), {
      device: 'cpu',
    })
    await program.run({ numbers: Float32Array.of(0.9) })
    const moved = await program.readState(stateName('parameters', 0))
    expect(Math.hypot(...Array.from(moved, Number))).toBeCloseTo(0.5, 5)
    await program.dispose()
  })

  it('unrolls small steps and not large ones', () => {
    const traced = traceStep(objective, rule)
    expect(stepsPerRun(traced)).toBe(8)
    expect(stepsPerRun({ ...traced, count: 1e7 })).toBe(1)
  })

  it('gives large parameters vectors of their own, and the flat vector back in declaration order', async () => {
    const shapes = { small: [3], large: [200, 200], other: [2, 2] }
    const wide: Objective = {
      batch: {},
      loss: (p) => {
        const parts = Object.entries(shapes).map(([name, shape]) =>
          sum(square(p.parameter(name, shape, fanIn(1)))),
        )
        return parts.reduce((a, b) => add(a, b))
      },
    }
    const traced = traceStep(wide, rule)
    expect(layoutOf(traced.layout.parameters).groups.map(({ members }) => members)).toEqual([[0, 2], [1]])
    const program = await compile(unrolled(traced, 2), { device: 'cpu' })
    const flat = randomStream(2).normal(traced.count)
    await writeVector(program, traced.layout, 'parameters', flat)
    expect(await readVector(program, traced.layout, 'parameters')).toEqual(flat)
    await program.run({ numbers: Float32Array.from([0.9, 0, 1, 1, 0.9, 0, 1, 1]) })
    // The gradient of the sum of squares is 2w: V after two steps is (0.999 + 1) (2w)^2 in every group.
    const v = await readVector(program, traced.layout, 'adam.square')
    v.forEach((value, i) => expect(value / (4 * flat[i] ** 2)).toBeCloseTo(1.999, 3))
    await program.dispose()
  })
})
