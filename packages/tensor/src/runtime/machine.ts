// One line that says where a number was measured.
import { platform } from '#platform'
import { processorText } from './processor.ts'

/** `AMD EPYC (avx512f avx2 avx sse4_2), linux x64, 2 threads, Node 20.20.2, ONNX Runtime 1.30.0`. */
export const machineText = (): string =>
  [
    processorText(platform.processor()),
    platform.system,
    `${platform.defaultThreads} threads`,
    platform.runtime,
    `ONNX Runtime ${platform.version}`,
  ].join(', ')
