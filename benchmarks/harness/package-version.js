import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Version of an installed package, read from its folder because `exports` may hide package.json. */
export function packageVersion(name) {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)))
  while (folder !== dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (manifest.name === name) return manifest.version
    } catch {
      // A folder without a manifest: look one higher.
    }
    folder = dirname(folder)
  }
  return 'unknown'
}
