import { resolve } from 'node:path'
import { Linter } from 'eslint'
import { expect, it } from 'vitest'
import { floors, floorsRule } from './floors.js'

const source = resolve('packages/whitewater/src')

/** What the rule says of one import, written in a file of the given room. */
function verdict(file: string, imported: string): string[] {
  const config: Linter.Config = {
    files: ['**/*.js', '**/*.ts'],
    plugins: { house: { rules: { floors: floorsRule } } },
    rules: { 'house/floors': 'error' },
  }
  const messages = new Linter().verify(`import { x } from '${imported}'`, [config], resolve(source, file))
  return messages.map(({ message }) => message)
}

it('lets a room import from the floors below it, and from itself', () => {
  expect(verdict('flow/a.js', '../nn/scope.js')).toEqual([])
  expect(verdict('flow/a.js', './path.js')).toEqual([])
  expect(verdict('flow/a.js', '../errors.js')).toEqual([])
  expect(verdict('flow/a.js', '@whitewater/tensor')).toEqual([])
})

it('refuses an import upwards, between every pair of floors', () => {
  floors.forEach((upper, high) => {
    for (const lower of floors.slice(0, high)) {
      expect(verdict(`${lower}/a.js`, `../${upper}/b.js`)).toEqual([
        `'${lower}' may not import '${upper}', which stands on a higher floor`,
      ])
    }
  })
})

it('takes folders and files of the engine for its rooms, and lets its tests import what runs them', () => {
  const engine = '../../tensor/src'
  expect(verdict(`${engine}/gradient.js`, './operations/shape.ts')).toEqual([])
  expect(verdict(`${engine}/operations/shape.js`, './compare.ts')).toEqual([])
  expect(verdict(`${engine}/operations/shape.js`, '../gradient.ts')).toEqual([
    "'operations' may not import 'gradient', which stands on a higher floor",
  ])
  expect(verdict(`${engine}/graph.js`, './tensor.ts')).toEqual([
    "'graph' may not import 'tensor', which stands on a higher floor",
  ])
  expect(verdict(`${engine}/cellar.js`, './array.ts')[0]).toMatch(/'cellar' stands on no floor/)
  expect(verdict(`${engine}/operations/shape.cases.ts`, '../testing/gradcheck.ts')).toEqual([])
})

it('refuses rooms that stand on no floor, and packages that reach up or into one another', () => {
  expect(verdict('cellar/a.js', '../nn/b.js')[0]).toMatch(/'cellar' stands on no floor/)
  expect(verdict('../../tensor/src/a.js', 'whitewater')[0]).toMatch(/depend downwards only/)
  expect(verdict('nn/a.js', '../../../tensor/src/index.js')[0]).toMatch(/leaves its package/)
})
