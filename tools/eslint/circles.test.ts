import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { afterEach, expect, it } from 'vitest'
import { circlesRule } from './circles.js'

const folders: string[] = []

afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

/** What the rule says of each file of a package with these files; `imports` are the package's own names. */
function verdicts(files: Record<string, string>, imports: Record<string, unknown> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'circles-'))
  folders.push(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ imports }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'src', name)), { recursive: true })
    writeFileSync(join(folder, 'src', name), text)
  }
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { house: { rules: { circles: circlesRule } } },
    rules: { 'house/circles': 'error' },
  }
  const linter = new Linter({ cwd: folder })
  return Object.fromEntries(
    Object.entries(files).flatMap(([name, text]) => {
      const messages = linter.verify(text, [config], join(folder, 'src', name))
      return messages.length > 0 ? [[name, messages.map(({ message }) => message)]] : []
    }),
  )
}

it('lets files import in one direction, however often they meet', () => {
  const files = {
    'a.ts': `import { b } from './b.ts'\nimport { c } from './room/c.ts'`,
    'b.ts': `export { c } from './room/c.ts'\nimport { readFileSync } from 'node:fs'`,
    'room/c.ts': `// import { a } from '../a.ts'\nexport const c = "import './a.ts'"`,
  }
  expect(verdicts(files)).toEqual({})
})

it('names the files of a circle, at each import that closes it', () => {
  const files = {
    'a.ts': `import { b } from './b.ts'`,
    'b.ts': `export * from './room/c.ts'`,
    'room/c.ts': `import { d } from '../d.ts'\nexport const a = import('../a.ts')`,
    'd.ts': `export const d = 1`,
  }
  expect(verdicts(files)).toEqual({
    'a.ts': ['circle: a.ts -> b.ts -> room/c.ts -> a.ts'],
    'b.ts': ['circle: b.ts -> room/c.ts -> a.ts -> b.ts'],
    'room/c.ts': ['circle: room/c.ts -> a.ts -> b.ts -> room/c.ts'],
  })
})

it('counts imports of types', () => {
  const files = {
    'a.ts': `import type { B } from './b.ts'`,
    'b.ts': `export type A = import('./a.ts').A\nexport type { A as Same } from './a.ts'`,
    'self.ts': `import { type Self } from './self.ts'`,
  }
  expect(verdicts(files)).toEqual({
    'a.ts': ['circle: a.ts -> b.ts -> a.ts'],
    'b.ts': ['circle: b.ts -> a.ts -> b.ts', 'circle: b.ts -> a.ts -> b.ts'],
    'self.ts': ['circle: self.ts -> self.ts'],
  })
})

it("follows a package's own names to every file that they may mean", () => {
  const files = {
    'session.ts': `import { platform } from '#platform'`,
    'platform.web.ts': `export const platform = 1`,
    'platform.node.ts': `import { session } from './session.ts'`,
  }
  const imports = { '#platform': { browser: './src/platform.web.ts', default: './src/platform.node.ts' } }
  expect(verdicts(files, imports)).toEqual({
    'session.ts': ['circle: session.ts -> platform.node.ts -> session.ts'],
    'platform.node.ts': ['circle: platform.node.ts -> session.ts -> platform.node.ts'],
  })
})
