// Names: which there are, how they combine, what is said of those that there are not; and that every option is described.
import { expect, it } from 'vitest'
import type { Settings } from './preconditioner.ts'
import { checkPreconditioner, preconditioner, preconditionerKinds, preconditionerTexts } from './registry.ts'

it.each([
  ['zac', /unknown preconditioner 'zac': did you mean 'zca'/],
  ['zca+', /'zca\+' lacks a map beside a \+: write A\+B/],
  ['zca++pca', /'zca\+\+pca' lacks a map/],
  ['class-', /'class-' names no map: write class-NAME/],
  ['mixture-', /'mixture-' names no map: write mixture-NAME/],
  ['class-class-zca', /class-class-zca: .* write class-zca/],
])('%s is no name', (name, message) => {
  expect(() => checkPreconditioner(name)).toThrow(message)
  expect(() => preconditioner(name)).toThrow(message)
})

it.each<readonly [string, Settings, RegExp]>([
  ['flow', { network: 'tinny' }, /unknown network of flow 'tinny': did you mean 'tiny'\? Known: tiny, mlp/],
  ['mixture-zca', { components: 'many' }, /components is "many": expected a whole number or 'auto'/],
  ['low-rank', { rank: 0 }, /low-rank: rank is 0: expected number to be >=1/],
  ['zca', { floor: 'low' }, /zca: floor is "low": expected number, received string/],
])('%s refuses %j', (name, options, message) => {
  expect(() => preconditioner(name, options)).toThrow(message)
})

it('describes every kind and every option in words', () => {
  const named = preconditionerTexts.map(({ name }) => name)
  expect(named).toEqual(
    expect.arrayContaining(preconditionerKinds.filter((name) => !name.startsWith('class-'))),
  )
  for (const { name, about, options } of preconditionerTexts)
    for (const [option, meaning] of [['', about], ...Object.entries(options)])
      expect(`${name} ${option}: ${meaning}`).toMatch(/: \S.{3}/)
})
