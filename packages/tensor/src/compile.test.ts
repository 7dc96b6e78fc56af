import { describe, expect, it } from 'vitest'
import { ndarray } from './array.ts'
import { compile, evaluate, traced } from './compile.ts'
import * as w from './index.ts'
import { input, scalar } from './tensor.ts'

const onCpu = { device: 'cpu', threads: 1 } as const

describe('traced', () => {
  it('traces once per combination of shapes and dtypes', async () => {
    let traces = 0
    const product = traced(({ a, b }) => {
      traces++
      return { y: w.matmul(a, b) }
    }, onCpu)
    const call = (rows: number) =>
      product({
        a: ndarray(new Float32Array(rows * 2).fill(1), [rows, 2]),
        b: ndarray(Float32Array.of(3, 4), [2, 1]),
      })
    expect((await call(2)).y).toEqual({ data: Float32Array.of(7, 7), shape: [2, 1] })
    await call(2)
    expect(traces).toBe(1)
    expect((await call(3)).y.shape).toEqual([3, 1])
    await Promise.all([call(4), call(4)])
    expect(traces).toBe(3)
    await product({
      a: ndarray(new Float64Array(2), [1, 2]),
      b: ndarray(new Float64Array(2), [2, 1]),
    })
    expect(traces).toBe(4)
    await product.dispose()
    await call(2)
    expect(traces).toBe(5)
    await product.dispose()
  })

  it('does not remember a failure', async () => {
    let fail = true
    const f = traced(({ x }) => {
      if (fail) throw new RangeError('not yet')
      return { y: w.exp(x) }
    }, onCpu)
    const x = { x: ndarray(Float32Array.of(0), [1]) }
    await expect(f(x)).rejects.toThrow('not yet')
    fail = false
    expect((await f(x)).y.data[0]).toBe(1)
    await f.dispose()
  })
})

describe('compile', () => {
  it('hands the model to the given loader', async () => {
    const x = input('x', [1])
    const names: string[] = []
    await expect(
      compile(
        { inputs: [x], outputs: { y: w.exp(x) } },
        {
          device: 'cpu',
          load: (model) => {
            names.push(...model.outputs.map(({ name }) => name))
            return Promise.reject(new Error('nowhere to run'))
          },
        },
      ),
    ).rejects.toThrow('nowhere to run')
    expect(names).toEqual(['y'])
  })

  it('says in one line how to get a device that is not there', async () => {
    await expect(compile({ outputs: { y: scalar(1) } }, { device: 'cuda' })).rejects.toThrow(
      /^device 'cuda' is not available here \([^\n]*\): it needs [^\n]*$/,
    )
  })
})

describe('evaluate', () => {
  it('gives the data of tensors that depend on no input', async () => {
    expect(await evaluate({ y: w.exp(scalar(0, 'float64')) })).toEqual({ y: Float64Array.of(1) })
  })
})
