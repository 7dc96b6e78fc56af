// Runs one case: every participant in turn, round after round (A B C A B C ...), so that a drift of the machine
// touches all of them alike. The reported time is the median over the rounds.
import { launch } from './launch.js'
import { median } from './measure.js'
import { participants } from './peers.js'

/** Checks of two implementations agree to this relative error; float32 training steps differ by less. */
const tolerance = 2e-3

/**
 * @param {object} benchmark the case
 * @param {string[]} names participants, whitewater first
 * @param {{ rounds: number, protocol: object, timeout: number, python?: string }} options
 * @param {(line: string) => void} log
 * @returns {Promise<Map<string, object>>} per participant its best variant's result, or { unavailable }
 */
export async function compare(benchmark, names, options, log) {
  const variants = names.flatMap((peer) =>
    participants[peer].threads.map((threads) => ({ peer, threads, lines: [] })),
  )
  for (let round = 0; round < options.rounds; round++) {
    for (const variant of variants) {
      if (variant.lines.some((line) => line.unavailable)) continue
      const { peer, threads } = variant
      const line = await launch({ benchmark, peer, threads, protocol: options.protocol }, options)
      variant.lines.push(line)
      log(JSON.stringify({ case: benchmark.name, peer, round, ...line }))
    }
  }
  return new Map(names.map((name) => [name, best(variants.filter(({ peer }) => peer === name))]))
}

/** The fastest variant; its failure only if all failed. */
function best(variants) {
  const results = variants.map(({ lines }) => {
    const failed = lines.find((line) => line.unavailable)
    if (failed) return failed
    return {
      ...lines[0],
      ms: median(lines.map((line) => line.ms)),
      cpuMs: median(lines.map((line) => line.cpuMs)),
      runs: lines.reduce((sum, line) => sum + line.runs, 0),
      peakMemoryMb: median(lines.map((line) => line.peakMemoryMb)),
    }
  })
  const measured = results.filter((result) => !result.unavailable)
  return measured.sort((a, b) => a.ms - b.ms)[0] ?? results[0]
}

/** One line per participant whose check value is not that of the others: they did not compute the same thing. */
export function disagreements(benchmark, results) {
  const checked = [...results].filter(([, result]) => typeof result.check === 'number')
  if (checked.length < 2) return []
  const reference = median(checked.map(([, { check }]) => check))
  return checked
    .filter(([, { check }]) => !(Math.abs(check - reference) <= tolerance * Math.abs(reference)))
    .map(
      ([name, { check }]) =>
        `${benchmark.name}: ${name} gives ${check}, expected ${reference} within ${tolerance}`,
    )
}
