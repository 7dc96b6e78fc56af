// GPUs have no fast float64: what is computed in it runs on the CPU, whatever the rest runs on.
import type { CompileOptions } from '@whitewater/tensor'

export const onCpu = (engine?: CompileOptions): CompileOptions => ({ ...engine, device: 'cpu' })
