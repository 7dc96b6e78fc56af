import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as w from '../index.ts'
import type { Model } from '../program.ts'
import { Remote, serve } from './remote.ts'

const x = w.input('x', [2])
const total = w.input('total', [2])
const spec: w.ProgramSpec = {
  inputs: [x],
  outputs: { y: w.mul(x, 2) },
  state: { total: { current: total, next: w.add(total, x), initial: Float32Array.of(1, 1) } },
}

describe('openWorker', () => {
  let worker: w.EngineWorker
  beforeAll(async () => {
    worker = await w.openWorker()
  })
  afterAll(() => worker.close())

  const load = (program: w.ProgramSpec) =>
    w.compile(program, { device: 'cpu', threads: 1, load: worker.load })

  it('gives the same programs, with state resident in the worker', async () => {
    const program = await load(spec)
    const given = Float32Array.of(3, 4)
    const results = await Promise.all([program.run({ x: given }), program.run({ x: w.ndarray(given, [2]) })])
    expect(results.map(({ y }) => y)).toEqual(Array(2).fill({ data: Float32Array.of(6, 8), shape: [2] }))
    expect(given, 'the caller keeps its array').toEqual(Float32Array.of(3, 4))
    expect(await program.readState('total')).toEqual(Float32Array.of(7, 9))
    const written = Float32Array.of(10, 10)
    await program.writeState('total', written)
    expect(written.length).toBe(2)
    await program.run({ x: given })
    expect(await program.readState('total')).toEqual(Float32Array.of(13, 14))
    await program.dispose()
  })

  it('copies only what a view shows of its buffer', async () => {
    const program = await load(spec)
    const large = new Float32Array(1000).fill(5)
    const { y } = await program.run({ x: large.subarray(10, 12) })
    expect(y.data).toEqual(Float32Array.of(10, 10))
    await program.dispose()
  })

  it('gives the same one-line errors', async () => {
    const program = await load(spec)
    for (const wrong of [
      program.run({}),
      program.run({ x: new Float64Array(2) }),
      program.readState('nothing'),
    ]) {
      const error: unknown = await wrong.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(RangeError)
      expect(String(error)).not.toContain('\n')
    }
    await expect(program.run({})).rejects.toThrow("input 'x' [2] is missing")
    await expect(program.readState('nothing')).rejects.toThrow("no state 'nothing'; there is total")
    await program.dispose()
    await program.dispose()
    await expect(program.run({ x: new Float32Array(2) })).rejects.toThrow('the program is disposed')
    const nonsense = { ...w.encode(spec, 'cpu'), bytes: new Uint8Array(3) }
    await expect(worker.load(nonsense)).rejects.toThrow()
  })

  it('leaves the event loop alive while a program runs', async () => {
    const a = w.input('a', [512, 512])
    let power = a
    for (let i = 0; i < 200; i++) power = w.matmul(power, a)
    const program = await load({ inputs: [a], outputs: { y: w.sum(power) } })
    let ticks = 0
    let done = false
    const tick = () => {
      ticks++
      if (!done) setImmediate(tick)
    }
    const result = program.run({ a: new Float32Array(512 * 512).fill(1 / 512) })
    setImmediate(tick)
    expect((await result).y.data[0]).toBeCloseTo(512, 0)
    done = true
    // In this thread it would be one or two: before the run and after it.
    expect(ticks).toBeGreaterThan(10)
    await program.dispose()
  })

  it('refuses calls after close, which may be repeated', async () => {
    const other = await w.openWorker()
    const program = await w.compile(spec, { device: 'cpu', load: other.load })
    await other.close()
    await other.close()
    await expect(program.run({ x: new Float32Array(2) })).rejects.toThrow('the engine worker has ended')
    await program.dispose()
  })
})

describe('the calling side', () => {
  it('rejects all that is pending when the thread dies', async () => {
    const remote = new Remote(
      () => undefined,
      () => undefined,
    )
    const model: Model = {
      bytes: new Uint8Array(),
      target: 'cpu',
      largest: 1,
      inputs: [],
      outputs: [],
      state: [],
    }
    const waiting = [remote.load(model), remote.load(model)]
    remote.end("the engine's worker failed: out of memory")
    for (const call of waiting)
      await expect(call).rejects.toThrow("the engine's worker failed: out of memory")
    await expect(remote.load(model)).rejects.toThrow("the engine's worker failed: out of memory")
    await remote.close()
  })
})

describe('the serving side', () => {
  it('disposes every program at close, then ends', async () => {
    const events: string[] = []
    const program = {
      ...({} as w.Program),
      dispose: () => {
        events.push('dispose')
        return Promise.resolve()
      },
    }
    const answer = serve(
      () => Promise.resolve(program),
      (reply) => events.push(`reply ${reply.id}`),
      () => events.push('end'),
    )
    const model = w.encode(spec, 'cpu')
    await answer({ id: 0, kind: 'load', model, options: {} })
    await answer({ id: 1, kind: 'load', model, options: {} })
    await answer({ id: 2, kind: 'close' })
    expect(events).toEqual(['reply 0', 'reply 1', 'dispose', 'dispose', 'reply 2', 'end'])
  })
})

describe('a process with programs alive', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const start = `
    import * as w from '@whitewater/tensor'
    const x = w.input('x', [1])
    const spec = { inputs: [x], outputs: { y: w.mul(x, 2) } }
    const worker = await w.openWorker()
    const programs = [
      await w.compile(spec, { device: 'cpu' }),
      await w.compile(spec, { device: 'cpu', load: worker.load }),
      await w.compile(spec, { device: 'cpu', load: worker.load }),
    ]
    const long = async () => {
      const a = w.input('a', [500, 500])
      let y = a
      for (let i = 0; i < 100; i++) y = w.matmul(y, a)
      const program = await w.compile({ inputs: [a], outputs: { y } }, { device: 'cpu', load: worker.load })
      for (;;) await program.run({ a: new Float32Array(250000) })
    }
    for (const program of programs) process.stdout.write(String((await program.run({ x: Float32Array.of(4) })).y.data[0]))
  `
  const ends: [string, string, number][] = [
    ['ends by itself', '', 0],
    ['ends after close', 'await worker.close()', 0],
    ['ends by process.exit', 'process.exit(3)', 3],
    ['ends by process.exit while a program runs', 'setTimeout(() => process.exit(3), 20); await long()', 3],
    ['ends by process.exit before a call has begun', 'long(); process.exit(3)', 3],
    ['ends by an uncaught error', 'throw new Error("expected")', 1],
  ]
  it.each(ends)('%s', (_, end, status) => {
    const done = spawnSync(process.execPath, ['--input-type=module', '-e', start + end], {
      cwd: root,
      encoding: 'utf8',
      timeout: 50_000,
    })
    expect([done.signal, done.status, done.stdout], done.stderr).toEqual([null, status, '888'])
  })
})
