// Ctrl-C: the first asks the work to stop at a good place, the second ends the process at once.
import { note } from './output.ts'

export interface Interrupt {
  readonly signal: AbortSignal
  /** Gives Ctrl-C its usual meaning back. */
  release(): void
}

/** Only for work that returns to the event loop: while a listener is set, a busy process cannot be ended by Ctrl-C. */
export function onInterrupt(message: string): Interrupt {
  const controller = new AbortController()
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(130)
    // On a terminal the cursor stands behind a progress line.
    note(`${process.stderr.isTTY ? '\n' : ''}${message}; Ctrl-C again ends at once`)
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const name of signals) process.on(name, listener)
  return {
    signal: controller.signal,
    release: () => signals.forEach((name) => process.off(name, listener)),
  }
}
