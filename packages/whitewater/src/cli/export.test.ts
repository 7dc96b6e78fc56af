// `whitewater export` as a process, through files.
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { place, tiny, type Place } from './testing/cli.ts'

let here: Place

const exported = z.strictObject({
  run: z.string(),
  files: z.array(
    z.strictObject({
      path: z.string(),
      bytes: z.int(),
      nodes: z.int(),
      opset: z.int(),
      inputs: z.array(z.string()),
    }),
  ),
})

beforeAll(async () => {
  here = await place()
  const data = ['mixture', '--components', '3', '--dimension', '2']
  await here.json('train', ...data, ...tiny, '--steps', '20', '--out', 'run')
  await here.json(
    'precondition',
    'fit',
    ...data,
    '--samples',
    '200',
    '--kind',
    'class-zca',
    '--out',
    'fitted',
  )
}, 120_000)

afterAll(() => here.remove())

it('writes a run as one file that any ONNX Runtime opens', async () => {
  const result = exported.parse(await here.json('export', 'run', '-o', 'g.onnx', '--solver-steps', '4'))
  const [{ path, inputs, opset }] = result.files
  expect([path, inputs, opset]).toEqual(['g.onnx', ['noise', 'labels', 'guidance'], 18])
  const session = await InferenceSession.create(here.path('g.onnx'))
  const { samples } = await session.run({
    noise: new OrtTensor('float32', new Float32Array(10), [5, 2]),
    labels: new OrtTensor('int32', Int32Array.of(0, 1, 2, 0, 1), [5]),
    guidance: new OrtTensor('float32', Float32Array.of(0), []),
  })
  expect(samples.dims).toEqual([5, 2])
  expect((await readdir(here.folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

it.each(['run', 'run/preconditioner', 'fitted'])(
  'writes the preconditioner of %s as two files',
  async (folder) => {
    const { files } = exported.parse(await here.json('export', folder, '--preconditioner', '-o', 'P.onnx'))
    expect(files.map(({ path }) => path)).toEqual(['P.onnx', 'P.inverse.onnx'])
    for (const { path } of files) await InferenceSession.create(here.path(path))
  },
)

describe('what cannot be done is one line and exit code 2', () => {
  it.each([
    [['run', '-o', 'g.pt'], /^whitewater: cannot write g\.pt: expected a name that ends in \.onnx/],
    [['run', '-o', 'g.onnx', '--method', 'stochastic-heun'], /stochastic-heun draws noise at every step/],
    [['run', '-o', 'g.onnx', '--method', 'rk5'], /unknown solver 'rk5': did you mean 'rk4'/],
    [['run', '-o', 'g.onnx', '--tolerance', '1e-3'], /heun takes steps, not a tolerance/],
    [['fitted', '-o', 'g.onnx'], /fitted is no run/],
    [['nowhere', '--preconditioner', '-o', 'P.onnx'], /nowhere holds no preconditioner/],
    [['run', '--preconditioner', '-o', 'P.onnx', '--method', 'rk4'], /leave out --method/],
  ])('export %j', async (args, message) => {
    const { code, stderr, stdout } = await here.run('export', ...args)
    expect(stderr).toMatch(message)
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1])
  })
})
