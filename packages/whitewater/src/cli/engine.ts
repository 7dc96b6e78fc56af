// Where programs run, from --device and --threads: in a worker thread, so that progress and Ctrl-C stay alive.
import { chooseDevice, openWorker, type CompileOptions } from '@whitewater/tensor'
import type { EngineFlags } from './options.ts'
import { note } from './output.ts'

/**
 * Runs `work` on an engine and closes it whatever happens. Says on stderr what the device `auto` came to and why; an
 * unavailable device is an error that says how to get it.
 */
export async function withEngineOpen<T>(
  { device, threads }: EngineFlags,
  work: (engine: CompileOptions) => Promise<T>,
): Promise<T> {
  const choice = await chooseDevice(device)
  if (device === 'auto') note(`device: ${choice.device} (${choice.reason})`)
  const worker = await openWorker()
  try {
    return await work({ device: choice.device, threads, load: worker.load })
  } finally {
    await worker.close()
  }
}
