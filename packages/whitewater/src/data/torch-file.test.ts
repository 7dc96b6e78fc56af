import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readTorchFile } from './files.ts'
import { parseTorchFile } from './torch-file.ts'
import { archive, entryMadeBy, stateDict, stream } from './torch/testing.ts'

const python = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'whitewater/pytorch-venv/bin/python',
)
const havePytorch = existsSync(python)
const note = havePytorch
  ? ''
  : ` (skipped: no PyTorch at ${python}; \`npm run bench -- --with-pytorch\` makes it)`

const values = Float32Array.of(0, 1, 2, 3, 4, 5)
const state = stateDict({
  'conv.weight': { key: '0', values, shape: [2, 3], strides: [3, 1] },
  'conv.bias': { key: '0', values, offset: 2, shape: [3], strides: [1] },
  turned: { key: '0', values, shape: [3, 2], strides: [1, 3] },
})
const formats = [
  ['a zip archive', archive],
  ['one stream', stream],
] as const

describe.each(formats)('a state dict in %s', (_, written) => {
  const bytes = written(state, { 0: values })

  it('is read, tensors being parts of storages', () => {
    const tensors = parseTorchFile(bytes, 'x.pth')
    expect([...tensors.keys()]).toEqual(['conv.weight', 'conv.bias', 'turned'])
    expect(tensors.get('conv.weight')).toEqual({ data: values, shape: [2, 3] })
    expect(tensors.get('conv.bias')).toEqual({ data: Float32Array.of(2, 3, 4), shape: [3] })
    expect(tensors.get('turned')).toEqual({ data: Float32Array.of(0, 3, 1, 4, 2, 5), shape: [3, 2] })
  })

  it('is refused where it is cut off, at any byte', () => {
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => parseTorchFile(bytes.subarray(0, length), 'x.pth'), String(length)).toThrow(/^x\.pth.*; /)
  })

  it('is refused where it names anything but tensors, which is not run', () => {
    const harm = stateDict({}, entryMadeBy('weight', 'os', 'system'))
    expect(() => parseTorchFile(written(harm, {}), 'x.pth')).toThrow(
      "x.pth holds what os.system makes as 'weight', expected a dense tensor: save model.state_dict() alone",
    )
  })

  it('is refused where a tensor reaches beyond its storage', () => {
    const beyond = stateDict({ weight: { key: '0', values, offset: 1, shape: [2, 3], strides: [3, 1] } })
    expect(() => parseTorchFile(written(beyond, { 0: values }), 'x.pth')).toThrow(
      "x.pth: tensor 'weight' lies outside of its storage",
    )
  })
})

it('refuses other files, and pickles that a state dict does not need', () => {
  const other =
    (...bytes: number[]) =>
    () =>
      parseTorchFile(Uint8Array.from(bytes), 'x.pth')
  expect(other(1, 2, 3)).toThrow('x.pth is no file of torch.save')
  expect(other(0x80, 2, 0x4b, 1, 0x2e)).toThrow('x.pth is no file of torch.save')
  expect(other(0x80, 4, 0x95)).toThrow('x.pth has opcode 0x95 at byte 2')
  expect(other(0x80, 2, 0x52)).toThrow('x.pth has a broken pickle stream near byte 3')
  const list = Uint8Array.of(0x80, 2, 0x5d, 0x2e)
  expect(() => parseTorchFile(archive(list, {}), 'x.pth')).toThrow(
    'x.pth holds a list, expected a state dict',
  )
})

describe.skipIf(!havePytorch)(`files of PyTorch itself${note}`, () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'whitewater-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const script = `
import torch
net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3, bias=False), torch.nn.BatchNorm2d(3))
net.to(memory_format=torch.channels_last)
state = net.state_dict()
for name, value in state.items():
    value.copy_(torch.arange(value.numel(), dtype=value.dtype).reshape(value.shape))
state['half'] = torch.tensor([0.5, -2.0], dtype=torch.float16)
state['double'] = torch.tensor([[1e-300]], dtype=torch.float64)
state['brain'] = torch.tensor(1.5, dtype=torch.bfloat16)
state['parameter'] = torch.nn.Parameter(torch.ones(2))
state['part'] = torch.arange(10.0)[3:5]
state['many'] = torch.arange(70000.0)
for index in range(300):
    state[f'small.{index}'] = torch.tensor([float(index)])
torch.save(state, 'new.pth')
torch.save(state, 'old.pth', _use_new_zipfile_serialization=False)
`

  it('are read in both formats', async () => {
    execFileSync(python, ['-c', script], { cwd: folder })
    for (const file of ['new.pth', 'old.pth']) {
      const tensors = await readTorchFile(join(folder, file))
      expect(tensors.size, file).toBe(312)
      const weight = tensors.get('0.weight')
      expect(weight).toEqual({ data: Float32Array.from({ length: 54 }, (_, i) => i), shape: [3, 2, 3, 3] })
      expect(tensors.get('1.running_var')?.data).toEqual(Float32Array.of(0, 1, 2))
      expect(tensors.get('1.num_batches_tracked')).toEqual({ data: BigInt64Array.of(0n), shape: [] })
      expect(tensors.get('half')?.data).toEqual(Float32Array.of(0.5, -2))
      expect(tensors.get('double')).toEqual({ data: Float64Array.of(1e-300), shape: [1, 1] })
      expect(tensors.get('brain')).toEqual({ data: Float32Array.of(1.5), shape: [] })
      expect(tensors.get('parameter')?.data).toEqual(Float32Array.of(1, 1))
      expect(tensors.get('part')?.data).toEqual(Float32Array.of(3, 4))
      expect(tensors.get('many')?.data.at(-1)).toBe(69_999)
      expect(tensors.get('small.299')?.data).toEqual(Float32Array.of(299))
    }
  })
})
