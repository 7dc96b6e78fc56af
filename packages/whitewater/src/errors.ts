// The errors that users meet: one line that says what was given, what was expected and what to do.

/** `usage`: the request was wrong (unknown name, bad argument). `failure`: it was right and could not be done. */
export type ErrorKind = 'usage' | 'failure'

/** An error whose message stands alone on one line: commands print it without a stack. */
export class WhitewaterError extends Error {
  readonly kind: ErrorKind

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message.replace(/\s*\n\s*/g, ' '), options)
    this.name = 'WhitewaterError'
    this.kind = kind
  }
}

export const usageError = (message: string): WhitewaterError => new WhitewaterError('usage', message)

export const failureError = (message: string, cause?: unknown): WhitewaterError =>
  new WhitewaterError('failure', message, { cause })

/** Levenshtein distance: insertions, deletions and substitutions that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (a[i] === b[j] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]
}

/** "unknown dataset 'swis-roll': did you mean 'swiss-roll'? Known: ..."; the guess only when it is near. */
export function unknownName(what: string, given: string, known: readonly string[]): WhitewaterError {
  const ranked = known
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked.find(({ name, distance }) => distance <= Math.max(2, name.length / 3))
  const guess = best ? `did you mean '${best.name}'? ` : ''
  return usageError(`unknown ${what} '${given}': ${guess}Known: ${known.join(', ')}`)
}
