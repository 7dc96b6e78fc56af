// ONNX Runtime as Node has it.
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import * as ort from 'onnxruntime-node'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  cpu: 'cpu',
  InferenceSession: ort.InferenceSession,
  Tensor: ort.Tensor,
  defaultThreads: availableParallelism(),
  version: (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version,
  // Bundled execution providers; whether the machine can run one shows when a session is made.
  providers: () => ort.listSupportedBackends().map((backend) => backend.name),
  tuneCpu: { executionMode: 'sequential', enableCpuMemArena: true, enableMemPattern: true },
}
