import { compile, input, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { adam, adamw, type Optimizer } from './optimizer.ts'

/** Adam as the papers state it, in float64 (Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2). */
function reference(
  gradients: readonly Float32Array[],
  start: Float32Array,
  rate: number,
  decay: number,
): Float64Array {
  const x = Float64Array.from(start)
  const m = new Float64Array(x.length)
  const v = new Float64Array(x.length)
  gradients.forEach((gradient, index) => {
    for (let i = 0; i < x.length; i++) {
      m[i] = 0.9 * m[i] + 0.1 * gradient[i]
      v[i] = 0.999 * v[i] + 0.001 * gradient[i] ** 2
      const mHat = m[i] / (1 - 0.9 ** (index + 1))
      const vHat = v[i] / (1 - 0.999 ** (index + 1))
      x[i] -= rate * decay * x[i] + (rate * mHat) / (Math.sqrt(vHat) + 1e-8)
    }
  })
  return x
}

async function run(
  optimizer: Optimizer,
  gradients: readonly Float32Array[],
  start: Float32Array,
  rate: number,
) {
  const shape = [start.length]
  const [parameters, gradient, mean, square] = ['p', 'g', 'm', 'v'].map((name) => input(name, shape))
  const numbers = optimizer.numbers(1, rate).map((_, i) => input(`n${i}`, [1]))
  const next = optimizer.update({ parameters, moments: [mean, square] }, gradient, numbers)
  const program = await compile(
    {
      inputs: [gradient, ...numbers],
      state: {
        p: { current: parameters, next: next.parameters, initial: start },
        m: { current: mean, next: next.moments[0] },
        v: { current: square, next: next.moments[1] },
      },
    },
    { device: 'cpu' },
  )
  for (const [index, g] of gradients.entries()) {
    const values = optimizer.numbers(index + 1, rate).map((value, i) => [`n${i}`, Float32Array.of(value)])
    await program.run({ g, ...(Object.fromEntries(values) as Record<string, Float32Array>) })
  }
  const result = await program.readState('p')
  await program.dispose()
  return result
}

describe('optimizers', () => {
  const stream = randomStream(3)
  const start = stream.normal(50)
  const gradients = Array.from({ length: 20 }, () => stream.normal(50))

  it.each([
    { optimizer: adam(), decay: 0 },
    { optimizer: adamw({ weightDecay: 0.1 }), decay: 0.1 },
  ])('$optimizer.kind follows its paper over 20 steps', async ({ optimizer, decay }) => {
    const found = await run(optimizer, gradients, start, 0.01)
    const expected = reference(gradients, start, 0.01, decay)
    expected.forEach((value, i) => expect(Math.abs(Number(found[i]) - value)).toBeLessThan(2e-6))
  })
})
