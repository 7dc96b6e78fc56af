import { describe, expect, it } from 'vitest'
import { compile } from './compile.ts'
import { gradient } from './gradient.ts'
import { opset } from './graph.ts'
import * as w from './index.ts'
import { encode, type Program } from './program.ts'
import type { ProgramSpec } from './spec.ts'
import { constant, input, scalar } from './tensor.ts'
import { decoded, nodesOf } from './testing/model.ts'

const onCpu = { device: 'cpu', threads: 1 } as const

async function using<T>(spec: ProgramSpec, use: (program: Program) => Promise<T>): Promise<T> {
  const program = await compile(spec, onCpu)
  try {
    return await use(program)
  } finally {
    await program.dispose()
  }
}

describe('encode', () => {
  const x = input('x', [2, 3])

  it('writes a small model with named, typed inputs and outputs', () => {
    const model = encode({ inputs: [x], outputs: { y: w.exp(x) } }, 'cpu')
    const graph = decoded(model).graph
    expect(decoded(model).opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', BigInt(opset)],
    ])
    expect(graph?.input.map(({ name }) => name)).toEqual(['x'])
    expect(graph?.output.map(({ name }) => name)).toEqual(['y'])
    expect(nodesOf(model)).toEqual(['Exp'])
    expect(model.bytes.length).toBeLessThan(200)
    expect(model.outputs).toEqual([{ name: 'y', shape: [2, 3], dtype: 'float32' }])
  })

  it('imports the domains it uses', () => {
    const model = decoded(encode({ inputs: [x], outputs: { y: w.silu(x) } }, 'cpu'))
    expect(model.opsetImport.map(({ domain }) => domain)).toEqual(['', 'com.microsoft'])
  })

  it('shares equal constants and keeps each weight once', () => {
    const weight = constant(new Float32Array(48).fill(2), [3, 16])
    const y = w.add(w.matmul(x, weight), w.matmul(w.mul(x, 2), weight))
    const initializers = decoded(encode({ inputs: [x], outputs: { y, z: w.mul(y, 2) } }, 'cpu')).graph
      ?.initializer
    expect(initializers?.map(({ dims }) => dims.map(Number))).toEqual([[3, 16], []])
  })

  it('leaves out what no output needs', () => {
    const y = w.exp(x)
    w.log(y)
    expect(nodesOf(encode({ inputs: [x], outputs: { y } }, 'cpu'))).not.toContain('Log')
  })

  it('is the same for the same trace', () => {
    const bytes = () => {
      const a = input('a', [2, 3])
      const b = input('b', [3, 2])
      const y = w.mean(w.square(w.matmul(a, b)))
      return encode({ inputs: [a, b], outputs: { y, da: gradient(y, [a])[0] } }, 'cpu').bytes
    }
    expect(bytes()).toEqual(bytes())
  })

  it('refuses to compute nothing', () => {
    expect(() => encode({ inputs: [x] }, 'cpu')).toThrow(
      'the program computes nothing: give it outputs or a next state',
    )
  })
  it('names the input that is used but not listed', () => {
    expect(() => encode({ outputs: { y: w.exp(x) } }, 'cpu')).toThrow(
      "input 'x' [2, 3] is used but not listed among the program's inputs or state",
    )
  })
  it('refuses two inputs of one name, and inputs that are computed', () => {
    expect(() => encode({ inputs: [x, input('x', [2])], outputs: { y: x } }, 'cpu')).toThrow(
      "two inputs of the program are named 'x'",
    )
    expect(() => encode({ inputs: [x], outputs: { x: w.exp(x) } }, 'cpu')).toThrow(
      "an input and an output of the program are named 'x'",
    )
    expect(() => encode({ inputs: [w.exp(x)], outputs: { y: x } }, 'cpu')).toThrow(
      'a program input must be made by `input`',
    )
  })
  it('refuses a next state of another shape or dtype', () => {
    const current = input('s', [2])
    const state = (next: w.Tensor) => ({ state: { s: { current, next } } })
    expect(() => encode(state(w.sum(current)), 'cpu')).toThrow(
      "state 's' is float32 [2], but its next value is float32 []",
    )
    expect(() => encode(state(w.cast(current, 'float64')), 'cpu')).toThrow(
      "state 's' is float32 [2], but its next value is float64 [2]",
    )
  })
})

describe('run', () => {
  it('takes every dtype and gives arrays with shapes', async () => {
    const inputs = (['float32', 'float64', 'int32', 'int64', 'bool'] as const).map((dtype) =>
      input(dtype, [2], dtype),
    )
    const outputs = Object.fromEntries(inputs.map((x) => [`${x.dtype} out`, w.reshape(x, [2, 1])]))
    const data = {
      float32: Float32Array.of(0.5, -1),
      float64: Float64Array.of(0.1, -1),
      int32: Int32Array.of(7, -1),
      int64: BigInt64Array.of(2n ** 60n, -1n),
      bool: Uint8Array.of(1, 0),
    }
    await using({ inputs, outputs }, async (program) => {
      const results = await program.run(data)
      for (const [name, value] of Object.entries(data)) {
        expect(results[`${name} out`]).toEqual({ data: value, shape: [2, 1] })
      }
    })
  })

  it('gives outputs that later runs do not overwrite', async () => {
    const x = input('x', [1])
    await using({ inputs: [x], outputs: { y: w.mul(x, 2), same: x } }, async (program) => {
      const given = Float32Array.of(1)
      const first = await program.run({ x: given })
      given[0] = 9
      await program.run({ x: Float32Array.of(5) })
      expect([first.y.data[0], first.same.data[0]]).toEqual([2, 1])
    })
  })

  it('answers calls in order without waiting between them', async () => {
    const count = input('count', [], 'int32')
    const spec = {
      outputs: { after: w.add(count, 1) },
      state: { count: { current: count, next: w.add(count, 1) } },
    }
    await using(spec, async (program) => {
      const results = await Promise.all(Array.from({ length: 20 }, () => program.run()))
      expect(results.map((result) => Number(result.after.data[0]))).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1),
      )
    })
  })

  it('runs constants, scalars and a program without inputs', async () => {
    const values = await w.evaluate({ y: w.add(scalar(1), scalar(2)), z: constant(Int32Array.of(3, 4)) })
    expect(values).toEqual({ y: Float32Array.of(3), z: Int32Array.of(3, 4) })
  })

  it('names the input that is missing or does not fit', async () => {
    await using(
      { inputs: [input('x', [2, 3])], outputs: { y: w.exp(input('x', [2, 3])) } },
      async (program) => {
        await expect(program.run()).rejects.toThrow("input 'x' [2, 3] is missing")
        await expect(program.run({ x: new Float32Array(5) })).rejects.toThrow(
          "input 'x' takes float32 [2, 3], got float32 5 elements",
        )
        await expect(program.run({ x: new Float64Array(6) })).rejects.toThrow(
          "input 'x' takes float32 [2, 3], got float64 6 elements",
        )
        await expect(program.run({ x: w.ndarray(new Float32Array(6), [3, 2]) })).rejects.toThrow(
          "input 'x' takes float32 [2, 3], got float32 [3, 2]",
        )
        const { y } = await program.run({ x: new Float32Array(6) })
        expect(y.data[0], 'still runs after an error').toBe(1)
      },
    )
  })
})

describe('state', () => {
  const a = input('a', [2])
  const b = input('b', [2], 'float64')
  const spec: ProgramSpec = {
    outputs: { sum: w.sum(a) },
    state: {
      a: { current: a, next: w.add(a, 1), initial: Float32Array.of(1, 2) },
      b: { current: b, next: w.add(b, w.cast(a, 'float64')) },
    },
  }

  it('starts from its initial value or zeros, and advances once a run', async () => {
    await using(spec, async (program) => {
      expect(await program.readState('b')).toEqual(Float64Array.of(0, 0))
      const sums = []
      for (let i = 0; i < 5; i++) sums.push(Number((await program.run()).sum.data[0]))
      expect(sums).toEqual([3, 5, 7, 9, 11])
      expect(await program.readState('a')).toEqual(Float32Array.of(6, 7))
      expect(await program.readState('b')).toEqual(Float64Array.of(15, 20))
    })
  })

  it('copies what goes in and out', async () => {
    const initial = Float32Array.of(1, 2)
    const written = Float32Array.of(5, 5)
    await using({ state: { a: { current: a, next: w.add(a, 1), initial } } }, async (program) => {
      initial[0] = 100
      const read = await program.readState('a')
      await program.run()
      await program.run()
      await program.run()
      expect(read).toEqual(Float32Array.of(1, 2))
      await program.writeState('a', written)
      written[0] = 100
      await program.run()
      expect(await program.readState('a')).toEqual(Float32Array.of(6, 6))
      expect(written).toEqual(Float32Array.of(100, 5))
    })
  })

  it('stays without a next value until it is written', async () => {
    const x = input('x', [2])
    const constantState = { inputs: [x], outputs: { y: w.mul(a, x) }, state: { a: { current: a } } }
    await using(constantState, async (program) => {
      await program.writeState('a', Float32Array.of(2, 3))
      for (let i = 0; i < 3; i++) {
        expect((await program.run({ x: Float32Array.of(10, 10) })).y.data).toEqual(Float32Array.of(20, 30))
      }
    })
  })

  it('may swap two values', async () => {
    const c = input('c', [1])
    const d = input('d', [1])
    const swap = {
      state: { c: { current: c, next: d, initial: Float32Array.of(1) }, d: { current: d, next: c } },
    }
    await using(swap, async (program) => {
      for (let i = 0; i < 3; i++) await program.run()
      expect([(await program.readState('c'))[0], (await program.readState('d'))[0]]).toEqual([0, 1])
    })
  })

  it('is untouched by a run that fails', async () => {
    const x = input('x', [2])
    const step = { inputs: [x], state: { a: { current: a, next: w.add(a, x) } } }
    await using(step, async (program) => {
      await expect(program.run()).rejects.toThrow("input 'x' [2] is missing")
      await program.run({ x: Float32Array.of(1, 1) })
      expect(await program.readState('a')).toEqual(Float32Array.of(1, 1))
    })
  })

  it('says which states there are and what they take', async () => {
    await using(spec, async (program) => {
      await expect(program.readState('c')).rejects.toThrow("no state 'c'; there is a, b")
      await expect(program.writeState('c', new Float32Array(2))).rejects.toThrow(
        "no state 'c'; there is a, b",
      )
      await expect(program.writeState('a', new Float32Array(3))).rejects.toThrow(
        "state 'a' takes float32 [2], got float32 3 elements",
      )
    })
    await expect(
      compile(
        { outputs: { y: w.exp(a) }, state: { a: { current: a, initial: new Float32Array(3) } } },
        onCpu,
      ),
    ).rejects.toThrow("state 'a' takes float32 [2], got float32 3 elements")
  })
})

describe('dispose', () => {
  it('lets pending calls finish, refuses later ones, and may be called twice', async () => {
    const x = input('x', [1])
    const program = await compile({ inputs: [x], outputs: { y: w.mul(x, 2) } }, onCpu)
    const pending = program.run({ x: Float32Array.of(3) })
    await program.dispose()
    expect((await pending).y.data[0]).toBe(6)
    await expect(program.run({ x: Float32Array.of(3) })).rejects.toThrow('the program is disposed')
    await program.dispose()
  })
})
