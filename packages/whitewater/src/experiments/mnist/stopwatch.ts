// Time that training takes without what is measured on the way, also over several lives of a process.
import type { Spent } from './result.ts'

const now = (): Spent => {
  const { user, system } = process.cpuUsage()
  return { cpu: (user + system) / 1e6, wall: performance.now() / 1000 }
}

export const nothing: Spent = { cpu: 0, wall: 0 }

export interface Stopwatch {
  go(): void
  stop(): void
  /** Seconds of all times that it ran, the one under way included. */
  spent(): Spent
}

/** @param before what earlier lives have spent */
export function stopwatch(before: Spent = nothing): Stopwatch {
  let total = before
  let since: Spent | undefined
  const spent = (): Spent => {
    if (!since) return total
    const { cpu, wall } = now()
    return { cpu: total.cpu + cpu - since.cpu, wall: total.wall + wall - since.wall }
  }
  return {
    go: () => void (since ??= now()),
    stop() {
      total = spent()
      since = undefined
    },
    spent,
  }
}
