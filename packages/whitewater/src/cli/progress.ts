// Progress on stderr, with rate and time left: one rewritten line on a terminal, a plain line now and then elsewhere.
import { formatInteger } from '../format-number.ts'
import { note } from './output.ts'

/** Milliseconds between two updates. */
const EVERY = { terminal: 100, plain: 10_000 }

/** Under 1 s, 42 s, 3 min 20 s, 1 h 05 min. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (seconds < 1) return 'under 1 s'
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}

export interface ProgressBar {
  /** `done` of `total`; `detail` says more. */
  update(done: number, total: number, detail?: string): void
  /** What is being done, where it cannot be counted. */
  say(line: string): void
  /** Ends the rewritten line. */
  end(): void
}

/** Rate and time left from the first update on: what came before it was getting ready. */
function pace(done: number, total: number, unit: string, first: { done: number; at: number }): string[] {
  const seconds = (performance.now() - first.at) / 1000
  if (done <= first.done || seconds <= 0) return []
  const rate = (done - first.done) / seconds
  const shown = `${rate >= 10 ? formatInteger(rate) : rate.toPrecision(2)} ${unit}/s`
  return done < total ? [shown, `${duration((total - done) / rate)} left`] : [shown]
}

/** @param unit what is counted, in the plural: steps, samples */
export function progressBar(unit: string): ProgressBar {
  const terminal = process.stderr.isTTY === true
  let last = terminal ? -Infinity : performance.now()
  let open = false
  let first: { done: number; at: number } | undefined
  const show = (line: string): void => {
    last = performance.now()
    if (!terminal) return note(line)
    open = true
    process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}`)
  }
  const due = (): boolean => performance.now() - last >= (terminal ? EVERY.terminal : EVERY.plain)
  return {
    update(done, total, detail) {
      first ??= { done, at: performance.now() }
      if (!due() && !(terminal && done >= total)) return
      const count = `${formatInteger(done)} of ${formatInteger(total)} ${unit}`
      show([count, ...(detail === undefined ? [] : [detail]), ...pace(done, total, unit, first)].join(' · '))
    },
    say(line) {
      if (due() || terminal) show(line)
    },
    end() {
      if (open) process.stderr.write('\n')
      open = false
    },
  }
}

export interface CountingProgress {
  readonly update: (what: string, done: number, total: number) => void
  end(): void
}

/** Progress of things that are counted one kind after the other, each with a rate of its own. */
export function countingProgress(): CountingProgress {
  let bar: ProgressBar | undefined
  let current = ''
  return {
    update(what, done, total) {
      if (what !== current) bar?.end()
      if (what !== current || !bar) bar = progressBar(what)
      current = what
      bar.update(done, total)
    },
    end() {
      bar?.end()
      bar = undefined
    },
  }
}

export interface StageProgress {
  /** What is being done, counted where it can be. */
  readonly update: (stage: string, done?: number, total?: number) => void
  end(): void
}

/** Progress of work in stages, each with a rate of its own. */
export function stageProgress(): StageProgress {
  let bar = progressBar('parts')
  let current = ''
  return {
    update(stage, done, total) {
      if (stage !== current) {
        bar.end()
        bar = progressBar(stage === 'samples' ? stage : 'parts')
        current = stage
      }
      if (done === undefined || total === undefined) bar.say(`computing ${stage}`)
      else bar.update(done, total, stage === 'samples' ? undefined : stage)
    },
    end: () => bar.end(),
  }
}
