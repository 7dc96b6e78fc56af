import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { afterEach, expect, it } from 'vitest'
import { anywhereRule } from './anywhere.js'

const folders: string[] = []

afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

const manifest = {
  exports: { '.': { source: { browser: './src/index.web.ts', default: './src/index.ts' } } },
  imports: {
    '#platform': { source: { browser: './src/platform.web.ts', default: './src/platform.node.ts' } },
  },
}

/** What the rule says of each file of a package with these files, where `fflate` runs anywhere. */
function verdicts(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'anywhere-'))
  folders.push(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'src', name)), { recursive: true })
    writeFileSync(join(folder, 'src', name), text)
  }
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { house: { rules: { anywhere: anywhereRule } } },
    rules: { 'house/anywhere': ['error', ['fflate', '@house/engine']] },
  }
  const linter = new Linter({ cwd: folder })
  return Object.fromEntries(
    Object.entries(files).flatMap(([name, text]) => {
      const messages = linter.verify(text, [config], join(folder, 'src', name))
      return messages.length > 0 ? [[name, messages.map(({ message }) => message)]] : []
    }),
  )
}

const says = (way: string, what: string): string =>
  `browsers load this file (${way}) and have no ${what}: put it behind #platform`

it('lets files that only Node loads import what they like', () => {
  const files = {
    'index.web.ts': `export * from './core.ts'`,
    'index.ts': `export * from './core.ts'\nexport * from './files.ts'`,
    'core.ts': `import { platform } from '#platform'\nimport { gunzipSync } from 'fflate'\nexport * from '@house/engine/deep'`,
    'platform.web.ts': `export const platform = fetch`,
    'platform.node.ts': `import { readFile } from 'node:fs/promises'`,
    'files.ts': `import sharp from 'sharp'\nexport const here = process.cwd()`,
  }
  expect(verdicts(files)).toEqual({})
})

it('names the way to a module that only Node has, lazy ones too', () => {
  const files = {
    'index.web.ts': `export * from './core.ts'`,
    'core.ts': `export { solve } from './room/solve.ts'\nexport const load = () => import('./lazy.ts')`,
    'room/solve.ts': `import { cpus } from 'os'\nexport const solve = async () => (await import('koffi')).default`,
    'lazy.ts': `export * from 'node:fs'\nexport { platform } from '#platform'`,
    'platform.web.ts': `import '@resvg/resvg-js'`,
  }
  expect(verdicts(files)).toEqual({
    'room/solve.ts': [
      says('index.web.ts -> core.ts -> room/solve.ts', 'os'),
      says('index.web.ts -> core.ts -> room/solve.ts', 'koffi'),
    ],
    'lazy.ts': [says('index.web.ts -> core.ts -> lazy.ts', 'node:fs')],
    'platform.web.ts': [says('index.web.ts -> core.ts -> lazy.ts -> platform.web.ts', '@resvg/resvg-js')],
  })
})

it('does not count types, and knows globals from names of the file', () => {
  const files = {
    'index.web.ts': `import type { Stats } from 'node:fs'\nimport type { Node } from './node.ts'\nexport type { Koffi } from 'koffi'`,
    'node.ts': `import { readFileSync } from 'node:fs'\nexport type Node = typeof readFileSync`,
  }
  expect(verdicts(files)).toEqual({})
  expect(
    verdicts({
      'index.web.ts': `const process = { pid: 1 }\nexport const bytes = Buffer.alloc(process.pid)`,
    }),
  ).toEqual({ 'index.web.ts': [says('index.web.ts', 'Buffer')] })
})
