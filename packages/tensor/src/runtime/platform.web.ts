// ONNX Runtime as browsers have it: WebAssembly, and WebGPU where the browser offers an adapter.
import * as wasm from 'onnxruntime-web/wasm'
import * as webgpu from 'onnxruntime-web/webgpu'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'web',
  cpu: 'wasm',
  // The build with WebGPU has no float64 kernels, which preconditioners need on the CPU. Each is fetched when it is first used.
  createSession(model, options) {
    const { InferenceSession } = options.executionProviders?.includes('webgpu') ? webgpu : wasm
    return InferenceSession.create(model, options)
  },
  Tensor: wasm.Tensor,
  defaultThreads: globalThis.navigator?.hardwareConcurrency ?? 1,
  version: wasm.env.versions.web ?? 'unknown',
  providers: () => ('gpu' in (globalThis.navigator ?? {}) ? ['wasm', 'webgpu'] : ['wasm']),
  system: 'browser',
  runtime: globalThis.navigator?.userAgent ?? 'unknown browser',
  // Browsers do not tell.
  processor: () => ({ name: '', features: [] }),
  missing: () => undefined,
  quietly: (make) => make(),
  warn: (message) => console.warn(message),
  tuneCpu: {},
}
