// `--set name=value`, as often as needed: options that have no flag of their own.
import { InvalidArgumentError } from 'commander'

export type Setting = number | string | boolean

/** A number or true/false where the text is one; else the text. */
function valueOf(text: string): Setting {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

/** Collects `name=value`, later ones over earlier ones. */
export function collectSettings(
  text: string,
  before: Readonly<Record<string, Setting>> = {},
): Record<string, Setting> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('expected name=value, such as floor=1e-4')
  return { ...before, [text.slice(0, at)]: valueOf(text.slice(at + 1)) }
}
