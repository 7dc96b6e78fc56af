// What the engine needs from the place it runs in; one file a place, chosen by conditional imports.
import type { InferenceSession, InferenceSessionFactory, TensorConstructor } from 'onnxruntime-common'
import type { Target } from '../graph.ts'

export interface Platform {
  readonly name: 'node' | 'web'
  /** Kernel set of the device 'cpu'. */
  readonly cpu: Target
  readonly InferenceSession: InferenceSessionFactory
  readonly Tensor: TensorConstructor
  readonly defaultThreads: number
  /** Version of ONNX Runtime. */
  readonly version: string
  /** Names of the execution providers that this build carries. */
  readonly providers: () => readonly string[]
  readonly tuneCpu: InferenceSession.SessionOptions
}
