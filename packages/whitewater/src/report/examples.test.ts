import { expect, it } from 'vitest'
import { describeFigure } from './testing/describe-figure.ts'
import { exampleFigures } from './testing/examples.ts'

for (const [name, draw] of Object.entries(exampleFigures)) describeFigure(name, draw())

it.each(Object.entries(exampleFigures))('%s comes out the same twice', (_, draw) => {
  expect(draw()).toBe(draw())
})
