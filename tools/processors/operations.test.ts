import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { tables } from './operations.ts'

it('checks every table of cases of the engine on every processor', () => {
  const folder = new URL('../../packages/tensor/src/operations/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.cases.ts'))
  expect(Object.keys(tables).sort()).toEqual(files.map((name) => name.replace('.cases.ts', '')).sort())
})
