// What the engine needs from the place it runs in; one file a place, chosen by conditional imports.
import type { InferenceSession, TensorConstructor } from 'onnxruntime-common'
import type { Target } from '../graph.ts'
import type { Processor } from './processor.ts'

export interface Platform {
  readonly name: 'node' | 'web'
  /** Kernel set of the device 'cpu'. */
  readonly cpu: Target
  readonly createSession: (
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ) => Promise<InferenceSession>
  readonly Tensor: TensorConstructor
  readonly defaultThreads: number
  /** Version of ONNX Runtime. */
  readonly version: string
  /** Operating system and architecture. */
  readonly system: string
  /** What runs the JavaScript, with its version. */
  readonly runtime: string
  readonly processor: () => Processor
  /** Names of the execution providers that this build carries. */
  readonly providers: () => readonly string[]
  /** Why a provider cannot work here, where that is known without trying; trying may be loud. */
  readonly missing: (provider: 'webgpu' | 'cuda') => string | undefined
  /** Makes a GPU session without the noise of its driver on standard error, as far as there is a way. */
  readonly quietly: <T>(make: () => Promise<T>) => Promise<T>
  /** Tells the person in front of it, once. */
  readonly warn: (message: string) => void
  readonly tuneCpu: InferenceSession.SessionOptions
}
