// Files of one JSON document a line, appended to while something runs.
import { readFile } from 'node:fs/promises'
import type { z } from 'zod'

/** The lines that hold what the schema says, none where there is no file; a last line cut short by a kill is left out. */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    try {
      return [schema.parse(JSON.parse(line))]
    } catch {
      return []
    }
  })
}
