// Choosing where programs run: 'cpu', 'webgpu', 'cuda', or 'auto', which says what it chose and why.
import { platform } from '#platform'
import type { Target } from '../graph.ts'
import { encode } from '../program.ts'
import { matmul } from '../operations/matmul.ts'
import { input } from '../tensor.ts'
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

/** Milliseconds of a 512 x 512 product on the device; throws where the device cannot run it. */
async function probe(device: Exclude<Device, 'auto'>): Promise<number> {
  const x = input('x', [512, 512])
  const program = await loadProgram(encode({ inputs: [x], outputs: { y: matmul(x, x) } }, targetOf(device)), {
    strict: true,
  })
  const values = { x: new Float32Array(512 * 512).fill(0.5) }
  await program.run(values)
  const start = performance.now()
  for (let run = 0; run < 3; run++) await program.run(values)
  const elapsed = (performance.now() - start) / 3
  await program.dispose()
  return elapsed
}

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0].slice(0, 160)

async function automatic(): Promise<Choice> {
  const cpu = await probe('cpu')
  let best: Choice = {
    device: 'cpu',
    target: platform.cpu,
    reason: 'no GPU provider in this build of ONNX Runtime',
  }
  for (const device of ['cuda', 'webgpu'] as const) {
    if (!platform.providers().includes(device)) continue
    try {
      const gpu = await probe(device)
      const figures = `a 512 x 512 product takes ${gpu.toFixed(2)} ms on ${device}, ${cpu.toFixed(2)} ms on the CPU`
      if (gpu < cpu) return { device, target: device, reason: figures }
      best = { ...best, reason: figures }
    } catch (error) {
      best = { ...best, reason: `${device} is not available (${oneLine(error)})` }
    }
  }
  return best
}

const chosen = new Map<Device, Promise<Choice>>()

async function choose(device: Device): Promise<Choice> {
  if (device === 'auto') return automatic()
  if (device === 'cpu') return { device, target: platform.cpu, reason: 'asked for' }
  try {
    await probe(device)
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
export function chooseDevice(device: Device = 'auto'): Promise<Choice> {
  const known = chosen.get(device) ?? choose(device)
  chosen.set(device, known)
  return known
}
