// ONNX Runtime as Node has it.
import { createRequire } from 'node:module'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as ort from 'onnxruntime-node'
import type { Platform } from './platform.ts'
import { processor } from './processor.node.ts'

// Errors come as exceptions.
ort.env.logLevel = 'fatal'

const entryPoint = createRequire(import.meta.url).resolve('onnxruntime-node')
const libraries = join(dirname(entryPoint), '../bin/napi-v6', process.platform, process.arch)

const driverFolders = [
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
].concat(join(homedir(), '.local/share/vulkan/icd.d'))

function missing(provider: 'webgpu' | 'cuda'): string | undefined {
  if (process.platform !== 'linux') return undefined
  if (provider === 'cuda') {
    return existsSync(join(libraries, 'libonnxruntime_providers_cuda.so'))
      ? undefined
      : 'the CUDA libraries of ONNX Runtime are not installed'
  }
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES } = process.env
  const named = [VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES].some(Boolean)
  const installed = driverFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0)
  return named || installed ? undefined : 'no Vulkan driver is installed'
}

/** Vulkan drivers try Wayland, whose library complains when there is no XDG_RUNTIME_DIR. */
async function quietly<T>(make: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux' || process.env.XDG_RUNTIME_DIR) return make()
  process.env.XDG_RUNTIME_DIR = tmpdir()
  try {
    return await make()
  } finally {
    delete process.env.XDG_RUNTIME_DIR
  }
}

export const platform: Platform = {
  name: 'node',
  cpu: 'cpu',
  createSession: (model, options) => ort.InferenceSession.create(model, options),
  Tensor: ort.Tensor,
  defaultThreads: availableParallelism(),
  version: (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version,
  // Bundled execution providers; whether the machine can run one shows when a session is made.
  providers: () => ort.listSupportedBackends().map((backend) => backend.name),
  missing,
  quietly,
  system: `${process.platform} ${process.arch}`,
  runtime: `Node ${process.versions.node}`,
  processor,
  warn: (message) => process.emitWarning(message, 'WhitewaterWarning'),
  // Idle threads look for work for 20 us only, not for a millisecond: on a quiet machine that is as fast (a 3x256 step at
  // batch 4096 13.7 against 13.1 ms), and beside another busy process not twice as slow (35 against 51 ms).
  // A memory pattern reserves the whole step a second time: a CNN step then peaks at 1.05 GB instead of 0.5, for 5 % of its time.
  tuneCpu: {
    extra: { session: { intra_op: { spin_duration_us: '20' } } },
    executionMode: 'sequential',
    enableCpuMemArena: true,
    // A pattern reserves the whole step a second time: a CNN step peaked at 1.05 GB instead of 0.5 for 5 % less time.
    enableMemPattern: false,
  },
}
