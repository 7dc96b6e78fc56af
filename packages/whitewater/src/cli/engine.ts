// Where programs run, from --device and --threads.
import { chooseDevice, type CompileOptions } from '@whitewater/tensor'
import type { EngineFlags } from './options.ts'
import { note } from './output.ts'

export interface Engine {
  readonly options: CompileOptions
  close(): Promise<void>
}

/** Settles the device; says on stderr what `auto` chose and why. An unavailable one is an error that says how to get it. */
export async function openEngine({ device, threads }: EngineFlags): Promise<Engine> {
  const choice = await chooseDevice(device)
  if (device === 'auto') note(`device: ${choice.device} (${choice.reason})`)
  return { options: { device: choice.device, threads }, close: () => Promise.resolve() }
}

/** Runs `work` on an engine and closes it whatever happens. */
export async function withEngineOpen<T>(
  flags: EngineFlags,
  work: (engine: CompileOptions) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(flags)
  try {
    return await work(engine.options)
  } finally {
    await engine.close()
  }
}
