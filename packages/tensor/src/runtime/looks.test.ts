import { describe, expect, it, vi } from 'vitest'
import type { NdArray } from '../array.ts'
import { compile } from '../compile.ts'
import { stateLook } from '../in-place.ts'
import type { Comparison, Look } from '../look.ts'
import { blockedLook } from '../operations/conv-blocked.ts'
import { conv2d } from '../operations/conv.ts'
import { add, mul } from '../operations/elementwise.ts'
import { encode, type Model, type Program } from '../program.ts'
import { input, type Tensor } from '../tensor.ts'
import { nodesOf } from '../testing/model.ts'
import { refuted } from './looks.ts'
import { loadProgram } from './session.ts'

/** One case whose two ways are these. */
const comparison = (relied: (x: Tensor) => Tensor, promised: (x: Tensor) => Tensor): Comparison => {
  const x = input('x', [3])
  return {
    spec: { inputs: [x], outputs: { 'relied:sum': relied(x), 'promised:sum': promised(x) } },
    runs: [{ x: Float32Array.of(1, 2, 3) }],
  }
}

const lookAt = (name: string, compare: () => Comparison): Look => ({
  reliance: { name, instead: 'something plain' },
  compare,
})

const refutedBy = (look: Look, load = loadProgram) => refuted(new Set([look.reliance]), 'cpu', load, [look])

const warnings = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)

describe('a look', () => {
  it('lets pass what agrees, and takes place once', async () => {
    const compare = vi.fn(() =>
      comparison(
        (x) => add(x, x),
        (x) => mul(x, 2),
      ),
    )
    const agreeing = lookAt('agreeing', compare)
    for (let time = 0; time < 2; time++) expect(await refutedBy(agreeing)).toEqual(new Set())
    expect(compare).toHaveBeenCalledTimes(1)
  })

  it('refuses what differs, and says so once', async () => {
    const told = warnings()
    const differing = lookAt('differing kernels', () =>
      comparison(
        (x) => add(x, 1e-3),
        (x) => add(x, 0),
      ),
    )
    for (let time = 0; time < 2; time++)
      expect(await refutedBy(differing)).toEqual(new Set([differing.reliance]))
    expect(told).toHaveBeenCalledTimes(1)
    expect(told.mock.calls[0][0]).toMatch(
      /^differing kernels of ONNX Runtime .* compute wrong numbers on this processor \(case sum is off by 0.0003\d* of its largest value\): something plain are used/,
    )
    told.mockRestore()
  })

  it('refuses NaN', async () => {
    const told = warnings()
    const broken = lookAt('broken', () =>
      comparison(
        (x) => mul(x, NaN),
        (x) => mul(x, 2),
      ),
    )
    expect((await refutedBy(broken)).size).toBe(1)
    told.mockRestore()
  })

  it('refuses what ONNX Runtime does not have here, without a word', async () => {
    const told = warnings()
    const absent = lookAt('absent', () =>
      comparison(
        (x) => mul(x, 3),
        (x) => mul(x, 3),
      ),
    )
    const load = () => Promise.reject(new Error('com.example:Absent(-1) is not a registered function/op'))
    expect(await refutedBy(absent, load)).toEqual(new Set([absent.reliance]))
    expect(told).not.toHaveBeenCalled()
    told.mockRestore()
  })
})

it('refuses to rely on what has no look', async () => {
  const unseen = { name: 'unseen kernels', instead: 'something plain' }
  await expect(refuted(new Set([unseen]), 'cpu', loadProgram)).rejects.toThrow(
    'no look shows whether unseen kernels may be used',
  )
})

it('does not take an engine that has ended for a processor without kernels', async () => {
  const sound = lookAt('sound', () =>
    comparison(
      (x) => add(x, x),
      (x) => mul(x, 2),
    ),
  )
  const ended = () => Promise.reject(new Error('the engine worker has ended; open another one'))
  await expect(refutedBy(sound, ended)).rejects.toThrow('worker has ended')
  expect(await refutedBy(sound)).toEqual(new Set())
})

describe('the looks of the engine', () => {
  const count = (model: Model, type: string) => nodesOf(model).filter((name) => name === type).length

  it('compute convolutions by blocked and by plain kernels', () => {
    const { spec } = blockedLook.compare()
    const model = encode(spec, 'cpu')
    const cases = Object.keys(spec.outputs ?? {}).filter((name) => name.startsWith('relied:'))
    expect(cases.length).toBeGreaterThan(2)
    expect(count(model, 'ReorderOutput')).toBe(cases.length)
    expect(count(model, 'Conv')).toBe(2 * cases.length)
  })

  it('write one state over in place, and keep two buffers for the other', () => {
    const { state } = encode(stateLook.compare().spec, 'cpu')
    expect(state.map(({ name, inPlace }) => [name, inPlace])).toEqual([
      ['over', true],
      ['beside', false],
    ])
    expect(encode(stateLook.compare().spec, 'cpu', () => false).state[0].inPlace).toBe(false)
  })
})

/** A session whose convolutions by blocked kernels are wrong, as on a processor that nobody has tried. */
async function loadWrong(model: Model): Promise<Program> {
  const program = await loadProgram(model)
  const falsified = (results: Record<string, NdArray>) => {
    for (const [name, { data }] of Object.entries(results)) if (name.startsWith('relied:')) data[0] = 7
    return results
  }
  return {
    ...program,
    model,
    run: async (inputs) => falsified(await program.run(inputs)),
    dispose: () => program.dispose(),
  }
}

it('programs do without kernels that are wrong', async () => {
  const told = warnings()
  const loaded: Model[] = []
  const x = input('x', [2, 16, 12, 12])
  const weight = input('weight', [8, 16, 3, 3])
  const program = await compile(
    { inputs: [x, weight], outputs: { y: conv2d(x, weight) } },
    {
      load(model) {
        loaded.push(model)
        return loadWrong(model)
      },
    },
  )
  expect(loaded).toHaveLength(2)
  expect(nodesOf(loaded[1])).toEqual(['Conv'])
  expect(told).toHaveBeenCalledTimes(1)
  await program.dispose()
  told.mockRestore()
})
