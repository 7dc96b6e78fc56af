// Choosing where programs run: 'cpu', 'webgpu', 'cuda', or 'auto', which says what it chose and why.
import { platform } from '#platform'
import type { Target } from '../graph.ts'
import { encode } from '../program.ts'
import { matmul } from '../operations/matmul.ts'
import { input } from '../tensor.ts'
import { oneLine } from './message.ts'
import { loadProgram } from './session.ts'

export const devices = ['cpu', 'webgpu', 'cuda', 'auto'] as const
export type Device = (typeof devices)[number]

export interface Choice {
  readonly device: Exclude<Device, 'auto'>
  readonly target: Target
  readonly reason: string
}

const howToGet: Record<Exclude<Device, 'auto'>, string> = {
  cpu: 'reinstall onnxruntime-node for this platform',
  webgpu:
    "it needs a Vulkan, Metal or Direct3D 12 driver (or a browser with WebGPU); on Linux install the GPU vendor's Vulkan driver, or name one with VK_DRIVER_FILES",
  cuda: 'it needs Linux x64 with an NVIDIA driver, CUDA 12 and cuDNN 9, and the CUDA libraries of ONNX Runtime: run `npm rebuild onnxruntime-node --ignore-scripts=false`',
}

const targetOf = (device: Exclude<Device, 'auto'>): Target => (device === 'cpu' ? platform.cpu : device)

/** Milliseconds of a product of two square matrices on the device; throws where the device cannot run it. */
async function probe(device: Exclude<Device, 'auto'>, size: number, runs: number): Promise<number> {
  const x = input('x', [size, size])
  const program = await loadProgram(encode({ inputs: [x], outputs: { y: matmul(x, x) } }, targetOf(device)), {
    strict: true,
  })
  const values = { x: new Float32Array(size * size).fill(0.5) }
  await program.run(values)
  const start = performance.now()
  for (let run = 0; run < runs; run++) await program.run(values)
  const elapsed = (performance.now() - start) / runs
  await program.dispose()
  return elapsed
}

/** A software GPU takes longer than this for a product of 128; finding out takes less than a second. */
const SOFTWARE_MILLISECONDS = 10

async function compared(device: 'cuda' | 'webgpu'): Promise<{ faster: boolean; figures: string }> {
  const small = await probe(device, 128, 1)
  if (small > SOFTWARE_MILLISECONDS) {
    return {
      faster: false,
      figures: `a 128 x 128 product takes ${small.toFixed(0)} ms on ${device}: it is emulated`,
    }
  }
  const gpu = await probe(device, 512, 3)
  const cpu = await probe('cpu', 512, 3)
  const figures = `a 512 x 512 product takes ${gpu.toFixed(2)} ms on ${device}, ${cpu.toFixed(2)} ms on the CPU`
  return { faster: gpu < cpu, figures }
}

async function automatic(): Promise<Choice> {
  const reasons: string[] = []
  for (const device of ['cuda', 'webgpu'] as const) {
    if (!platform.providers().includes(device)) continue
    try {
      requirePresent(device)
      const { faster, figures } = await compared(device)
      if (faster) return { device, target: device, reason: figures }
      reasons.push(figures)
    } catch (error) {
      reasons.push(`no ${device}: ${oneLine(error)}`)
    }
  }
  const reason = reasons.join('; ') || 'no GPU provider in this build of ONNX Runtime'
  return { device: 'cpu', target: platform.cpu, reason }
}

function requirePresent(device: 'cuda' | 'webgpu'): void {
  const reason = platform.missing(device)
  if (reason) throw new Error(reason)
}

const chosen = new Map<Device, Promise<Choice>>()

async function choose(device: Device): Promise<Choice> {
  if (!devices.includes(device))
    throw new Error(`unknown device '${String(device)}', expected ${devices.join(', ')}`)
  if (device === 'auto') return automatic()
  if (device === 'cpu') return { device, target: platform.cpu, reason: 'asked for' }
  try {
    requirePresent(device)
    await probe(device, 64, 1)
  } catch (error) {
    throw new Error(
      `device '${device}' is not available here (${oneLine(error)}): ${howToGet[device]}; or use --device cpu`,
      {
        cause: error,
      },
    )
  }
  return { device, target: targetOf(device), reason: 'asked for' }
}

/** Settles on a device once per process and kind of request. */
export function chooseDevice(device: Device = 'cpu'): Promise<Choice> {
  const known = chosen.get(device) ?? choose(device)
  chosen.set(device, known)
  return known
}
