// Every operation that the package exports has its values and gradients checked by some table of cases.
import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as exported from '../index.ts'
import type { Cases } from '../testing/gradcheck.ts'
import { tables as listed } from '../testing/tables.ts'

const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.ts'))
const tables = files.filter((name) => name.endsWith('.cases.ts'))
const sources = files.filter((name) => !/\.(cases|test)\.ts$/.test(name))

it('no exported operation is without cases', async () => {
  const checked = new Set<string>()
  for (const name of tables) {
    const { cases } = (await import(/* @vite-ignore */ `./${name}`)) as { cases: Cases } // what a table exports
    for (const operation of Object.keys(cases)) checked.add(operation)
  }
  const known = new Map<unknown, string>(Object.entries(exported).map(([name, value]) => [value, name]))
  const unchecked: string[] = []
  for (const name of sources) {
    const module = (await import(/* @vite-ignore */ `./${name}`)) as Record<string, unknown>
    for (const value of Object.values(module)) {
      const operation = known.get(value)
      if (operation !== undefined && !checked.has(operation)) unchecked.push(`${operation} (${name})`)
    }
  }
  expect(unchecked).toEqual([])
  expect(checked.size).toBeGreaterThan(60)
})

it('no table of cases is left out of the list that other places check', () => {
  expect(Object.keys(listed).sort()).toEqual(tables.map((name) => name.replace('.cases.ts', '')).sort())
})
