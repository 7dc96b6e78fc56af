// Numbers of one processor beside those of this machine's own.

/** Largest relative difference that is allowed: losses, and what solvers make of weights after a few steps. */
const tolerances = { loss: 1e-4, other: 1e-3 }

const toleranceOf = (name) => (name.endsWith('loss') ? tolerances.loss : tolerances.other)

/** Largest difference of two lists over the largest magnitude. */
function distance(a, b) {
  if (a.length !== b.length || a.length === 0) return Infinity
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30)
  return a.reduce((most, value, at) => {
    const gap = Math.abs(value - b[at]) / largest
    return Number.isNaN(gap) ? Infinity : Math.max(most, gap)
  }, 0)
}

/** The numbers of all sections by name. */
const numbersOf = (report) => Object.assign({}, ...report.sections.map(({ numbers = {} }) => numbers))

/** @returns {{ worst: number, faults: string[] }} what differs between two reports, a line each */
export function compareNumbers(report, reference) {
  const own = numbersOf(report)
  const expected = numbersOf(reference)
  const names = [...new Set([...Object.keys(own), ...Object.keys(expected)])]
  const errors = names.map((name) => ({ name, error: distance(own[name] ?? [], expected[name] ?? []) }))
  return {
    worst: errors.reduce((most, { error }) => Math.max(most, error), 0),
    faults: errors
      .filter(({ name, error }) => !(error <= toleranceOf(name)))
      .map(({ name, error }) => `${name} differs by ${error.toPrecision(2)} from this machine's processor`),
  }
}
