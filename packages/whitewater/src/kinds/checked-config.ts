// Configurations checked against their schemas: an error names the first entry that does not fit, in one line.
import { z } from 'zod'
import { unknownName, usageError } from '../errors.ts'

/** The part of a value that a path of keys leads to. */
const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  )

/** The objects that a path of a schema leads to: one, or every choice where there are several. */
function objectsAt(schema: z.ZodType, path: readonly PropertyKey[]): unknown[] {
  const json = z.toJSONSchema(schema, { io: 'input' })
  const entry = path.reduce<unknown>((part, key) => at(part, ['properties', key]), json)
  const choices = at(entry, ['oneOf'])
  return Array.isArray(choices) ? choices : [entry]
}

const keysAt = (schema: z.ZodType, path: readonly PropertyKey[]): string[] => [
  ...new Set(
    objectsAt(schema, path).flatMap((one) => Object.keys(Object(at(one, ['properties'])) as object)),
  ),
]

/** What the key that tells the choices at a path apart may be. */
const namesAt = (schema: z.ZodType, path: readonly PropertyKey[], key: PropertyKey): string[] =>
  objectsAt(schema, path).map((one) => String(at(one, ['properties', key, 'const'])))

/** What is wrong with one entry, as the end of "config.yaml: ...". */
function complaint({ message, path }: z.core.$ZodIssue, value: unknown): string {
  const given = at(value, path)
  const name = path.length === 0 ? '' : `${path.map(String).join('.')}`
  if (given === undefined) return `${name} is missing`
  const found = typeof given === 'object' ? '' : ` (got ${JSON.stringify(given)})`
  return `${name === '' ? '' : `${name}: `}${message.replace(/^Invalid input: /, '')}${found}`
}

/**
 * Checks a value against a schema.
 * @param hint where every entry is described
 * @throws WhitewaterError (usage) naming the first entry that does not fit
 */
export function checkedConfig<T>(
  schema: z.ZodType<T>,
  value: unknown,
  where: string,
  hint = 'see `whitewater init` for every entry',
): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    throw unknownName(`entry of ${path || where}`, issue.keys[0], keysAt(schema, issue.path))
  const given = at(value, issue.path)
  const entry = issue.path.slice(0, -1)
  const key = issue.path[issue.path.length - 1]
  if (issue.code === 'invalid_union' && entry.length > 0 && typeof given === 'string')
    throw unknownName(entry.map(String).join('.'), given, namesAt(schema, entry, key))
  throw usageError(`${where}: ${complaint(issue, value)}; ${hint}`)
}
