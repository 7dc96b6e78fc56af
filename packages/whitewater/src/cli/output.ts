// Results go to stdout, everything else to stderr; a reader that closes its end early is not an error.

const isClosed = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EPIPE'

/** Ends quietly when the pipe that stdout goes to is closed, as `head` does. */
export function guardOutput(): void {
  process.stdout.on('error', (error) => {
    if (isClosed(error)) process.exit(0)
    throw error
  })
  process.stderr.on('error', () => undefined)
}

/** A line for people, on stderr. */
export const note = (line: string): void => void process.stderr.write(line + '\n')

/** The command's result: one JSON document, or text. */
export function print(result: unknown, text: string, { json }: { json?: boolean }): void {
  process.stdout.write((json ? JSON.stringify(result, null, 2) : text) + '\n')
}

/** Names and values in two aligned columns. */
export function facts(entries: Readonly<Record<string, string | number | undefined>>): string {
  const shown = Object.entries(entries).filter(([, value]) => value !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}
