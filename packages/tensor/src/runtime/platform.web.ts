// ONNX Runtime as browsers have it: WebAssembly, and WebGPU where the browser offers an adapter.
import * as ort from 'onnxruntime-web/webgpu'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'web',
  cpu: 'wasm',
  InferenceSession: ort.InferenceSession,
  Tensor: ort.Tensor,
  defaultThreads: globalThis.navigator?.hardwareConcurrency ?? 1,
  version: ort.env.versions.web ?? 'unknown',
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
