// Where programs run, from --device and --threads: in a worker thread, so that progress and Ctrl-C stay alive.
import { chooseDevice, openWorker, type CompileOptions } from '@whitewater/tensor'
import type { EngineFlags } from './options.ts'
import { note } from './output.ts'

export interface OpenEngine {
  readonly options: CompileOptions
  close(): Promise<void>
}

/** Says on stderr what the device `auto` came to and why; an unavailable device is an error that says how to get it. */
export async function openEngine({ device, threads }: EngineFlags): Promise<OpenEngine> {
  const choice = await chooseDevice(device)
  if (device === 'auto') note(`device: ${choice.device} (${choice.reason})`)
  const worker = await openWorker()
  return { options: { device: choice.device, threads, load: worker.load }, close: () => worker.close() }
}
