// What every command needs around its work: Ctrl-C, an engine, progress, and that all of it ends when the work does.
import type { CompileOptions } from '@whitewater/tensor'
import { WhitewaterError } from '../errors.ts'
import { openEngine, type OpenEngine } from './engine.ts'
import { Interrupted } from './failure.ts'
import { onInterrupt } from './interrupt.ts'
import type { EngineFlags } from './options.ts'
import { note } from './output.ts'
import {
  countingProgress,
  progressBar,
  stageProgress,
  type CountingProgress,
  type ProgressBar,
  type StageProgress,
} from './progress.ts'

/** How a command takes Ctrl-C. Only for work that returns to the event loop; see `onInterrupt`. */
export interface Interruption {
  /** Said at once. */
  readonly stopping: string
  /** Said at the end: what was kept, or how to go on. */
  readonly ends: string
}

export interface Shell {
  /** Aborts at Ctrl-C; never, where the command declares no interruption. */
  readonly signal: AbortSignal
  /** The engine that the flags choose: opened at the first call, closed when the command ends. */
  engine(flags: EngineFlags): Promise<CompileOptions>
  /** Progress of what is counted in this unit, in the plural. */
  progress(unit: string): ProgressBar
  /** Progress of work in stages. */
  stages(): StageProgress
  /** Progress of things that are counted one kind after the other. */
  counts(): CountingProgress
  /** A line for people, on stderr, below any progress. */
  note(line: string): void
  /** Disposes what was made when the command ends, the newest first and before the engine closes. */
  own<T extends { dispose(): void | Promise<void> }>(made: T): T
}

type Ending = () => void | Promise<void>

/** The newest first; each, whatever the others do. */
async function endAll(endings: Ending[]): Promise<void> {
  const newest = endings.pop()
  if (!newest) return
  try {
    await newest()
  } finally {
    await endAll(endings)
  }
}

/** Runs `work` with a shell and ends all that it opened. @throws Interrupted where Ctrl-C stopped it */
export async function withShell<T>(
  interruption: Interruption | undefined,
  work: (shell: Shell) => T | Promise<T>,
): Promise<T> {
  const interrupt = interruption && onInterrupt(interruption.stopping)
  const signal = interrupt?.signal ?? new AbortController().signal
  const endings: Ending[] = [() => interrupt?.release()]
  const lines: { end(): void }[] = []
  const shown = <Progress extends { end(): void }>(progress: Progress): Progress => {
    lines.push(progress)
    endings.push(() => progress.end())
    return progress
  }
  let engine: Promise<OpenEngine> | undefined
  async function open(flags: EngineFlags): Promise<OpenEngine> {
    const opened = await openEngine(flags)
    endings.push(() => opened.close())
    return opened
  }
  const shell: Shell = {
    signal,
    engine: async (flags) => (await (engine ??= open(flags))).options,
    progress: (unit) => shown(progressBar(unit)),
    stages: () => shown(stageProgress()),
    counts: () => shown(countingProgress()),
    note(line) {
      lines.forEach((progress) => progress.end())
      note(line)
    },
    own(made) {
      endings.push(() => made.dispose())
      return made
    },
  }
  try {
    try {
      return await work(shell)
    } finally {
      await endAll(endings)
    }
  } catch (error) {
    if (!interruption || !signal.aborted || error instanceof Interrupted) throw error
    // What went wrong besides is worth more than what always ends so.
    throw new Interrupted(error instanceof WhitewaterError ? error.message : interruption.ends, error)
  }
}
