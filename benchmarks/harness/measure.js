// Timing and memory of one implementation, the same in every JavaScript child; peers/pytorch/child.py mirrors it.
import { readFileSync } from 'node:fs'

const megabyte = 2 ** 20

/** Resident memory now, in bytes. */
export const residentBytes = () => process.memoryUsage().rss

/** Highest resident memory so far, in bytes. /proc counts from this process's own start, getrusage from its parent's. */
export function peakBytes() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export const toMegabytes = (bytes) => Math.round((bytes / megabyte) * 10) / 10

/** Milliseconds a step, and of processor time, which waiting for the processor does not count in. */
async function timed(implementation, steps) {
  const start = performance.now()
  const used = process.cpuUsage()
  for (let i = 0; i < steps; i++) await implementation.step()
  const { user, system } = process.cpuUsage(used)
  return { ms: (performance.now() - start) / steps, cpuMs: (user + system) / 1000 / steps }
}

const medians = (times) => ({
  ms: median(times.map(({ ms }) => ms)),
  cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
  runs: times.length,
})

/**
 * Warm up, read the check value after a fixed number of steps, then time `runs` runs of `stepsPerRun` steps.
 * When single steps last longer than `seconds`, those after the first, which alone compiles, are the timed runs.
 * @param {{ step(): Promise<void>, check?(): Promise<number> }} implementation
 * @param {{ stepsPerRun: number, runs: number, seconds: number, warmupSteps: number, checkSteps: number }} protocol
 * @returns median milliseconds per step, of time and of processor time, timed runs, and the check value
 */
export async function measure(implementation, { stepsPerRun, runs, seconds, warmupSteps, checkSteps }) {
  const first = []
  for (let i = 0; i < checkSteps; i++) first.push(await timed(implementation, 1))
  const check = await implementation.check?.()
  const warm = first.slice(1)
  if (medians(warm).ms > 1000 * seconds) return { ...medians(warm), check }

  const warmupEnd = performance.now() + 1000 * Math.min(1, seconds / 4)
  for (let i = checkSteps; i < warmupSteps && performance.now() < warmupEnd; i++) await implementation.step()
  const times = []
  const end = performance.now() + 1000 * seconds
  // Two runs at least: one alone would have no median to speak of.
  while (times.length < runs && (times.length < 2 || performance.now() < end)) {
    times.push(await timed(implementation, stepsPerRun))
  }
  return { ...medians(times), check }
}
