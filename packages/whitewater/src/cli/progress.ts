// Progress on stderr, with rate and time left: one rewritten line on a terminal, a plain line now and then elsewhere.
import { note } from './output.ts'

/** Milliseconds between two updates. */
const EVERY = { terminal: 100, plain: 10_000 }

/** 42 s, 3 min 20 s, 1 h 05 min. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}

const rateOf = (rate: number, unit: string): string =>
  `${rate >= 10 ? Math.round(rate) : rate.toPrecision(2)} ${unit}/s`

export interface ProgressBar {
  /** `done` of `total`; `detail` says more. */
  update(done: number, total: number, detail?: string): void
  /** What is being done, where it cannot be counted. */
  say(line: string): void
  /** Ends the rewritten line. */
  end(): void
}

/** @param unit what is counted, in the plural: steps, samples */
export function progressBar(unit: string, from = 0): ProgressBar {
  const terminal = process.stderr.isTTY === true
  const start = performance.now()
  let [last, open] = [terminal ? -Infinity : start, false]
  const show = (line: string): void => {
    last = performance.now()
    if (!terminal) return note(line)
    open = true
    process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}`)
  }
  const due = (): boolean => performance.now() - last >= (terminal ? EVERY.terminal : EVERY.plain)
  return {
    update(done, total, detail) {
      if (!due() && !(terminal && done >= total)) return
      const rate = (done - from) / Math.max(1e-3, (performance.now() - start) / 1000)
      const left = done > from ? `${duration((total - done) / rate)} left` : ''
      const parts = [`${done} of ${total} ${unit}`, detail, rateOf(rate, unit), left]
      show(parts.filter((part) => part).join(' · '))
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
