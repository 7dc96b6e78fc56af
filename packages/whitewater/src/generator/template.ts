// A configuration to start from, written from the schema: every entry with its meaning, its choices and its default.
import { stringify } from 'yaml'
import { z } from 'zod'
import { mlp } from '../nn/networks/mlp.ts'
import { configSchema } from './config.ts'
import { choiceNames, choiceTexts, type ChoiceName } from './kinds.ts'

type Json = z.core.JSONSchema.JSONSchema

/** JSON schema (draft 2020-12) of a configuration as people write it: entries with a default are optional. */
export const configJsonSchema = (): Json => ({
  title: 'Whitewater run',
  ...z.toJSONSchema(configSchema, { io: 'input' }),
})

const example = mlp()

/** Shown in place of a default. */
const examples: Readonly<Record<string, unknown>> = {
  data: { source: 'swiss-roll', samples: 10_000 },
  field: { kind: example.kind, ...example.options },
}

const isSchema = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** The values of `kind` that a tagged entry takes. */
const kindsOf = (entry: Json): unknown[] =>
  (entry.oneOf ?? entry.anyOf ?? []).flatMap((option) => {
    const kind = isSchema(option) ? option.properties?.kind : undefined
    return isSchema(kind) && kind.const !== undefined ? [kind.const] : []
  })

const isChoice = (name: string): name is ChoiceName => choiceNames.some((choice) => choice === name)

/** Kinds and their options, a line each. */
const choiceLines = (name: string): string[] =>
  isChoice(name)
    ? choiceTexts[name].map(({ name: kind, options }) => {
        const own = Object.keys(options)
        return `  ${kind}${own.length > 0 ? `: ${own.join(', ')}` : ''}`
      })
    : []

function commentOf(name: string, entry: Json): string {
  const values = entry.enum ?? kindsOf(entry)
  const lines = choiceLines(name)
  const text = [
    entry.description,
    values.length > 0 ? `one of ${values.join(', ')}` : undefined,
    lines.length > 0 ? 'kinds and their options' : undefined,
  ]
  const first = text.filter((part) => part !== undefined).join('; ')
  return [lines.length > 0 ? `${first}:` : first, ...lines].map((line) => `# ${line}`).join('\n')
}

const heading = (schema: string): string => `# yaml-language-server: $schema=./${schema}
# A run of Whitewater: edit, then \`whitewater train\` this file. Entries that are left out take the value shown here.
# Paths are relative to the folder that the command runs in. \`whitewater kinds\` says what every option means.
`

/** @param schema file name of the JSON schema, for editors */
export function configTemplate(schema: string): string {
  const properties = Object.entries(configJsonSchema().properties ?? {}).filter(
    (entry): entry is [string, Json] => isSchema(entry[1]),
  )
  // What the run is about comes first.
  const ordered = [
    ...properties.filter(([name]) => name === 'data'),
    ...properties.filter(([name]) => name !== 'data'),
  ]
  const blocks = ordered.map(([name, entry]) => {
    const text = stringify({ [name]: entry.default ?? examples[name] })
    const optional = entry.default === undefined && name !== 'data'
    return `${commentOf(name, entry)}\n${optional ? text.replace(/^(?=.)/gm, '# ') : text}`
  })
  return [heading(schema), ...blocks].join('\n')
}
