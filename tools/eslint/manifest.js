// What lint rules know of a package: where its source stands, and what its package.json says.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** The src folder that a file stands in; undefined outside any. */
export function sourceOf(file) {
  const parts = file.split(sep)
  const at = parts.lastIndexOf('src')
  return at < 0 ? undefined : parts.slice(0, at + 1).join(sep)
}

/** The package.json beside a src folder; empty where there is none. */
export function manifestOf(source) {
  const path = join(dirname(source), 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}
