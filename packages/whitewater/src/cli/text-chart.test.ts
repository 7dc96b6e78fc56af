import { expect, test } from 'vitest'
import { textChart } from './text-chart.ts'

const flat = (value: number) => Array<number>(21).fill(value)

test('draws lines over labelled steps of a tenth', () => {
  const chart = textChart([{ name: 'rising', values: Array.from({ length: 21 }, (_, i) => i / 5) }])
  const lines = chart.split('\n')
  expect(lines[0]).toMatch(/^ {3}4\.0 ┤ +● {2}●$/)
  expect(lines[8]).toMatch(/^ {3}0\.0 ┤ ● {2}●$/)
  expect(lines.slice(0, 9).map((line) => Number(line.slice(0, 6)))).toEqual(
    [8, 7, 6, 5, 4, 3, 2, 1, 0].map((step) => step / 2),
  )
  expect(lines.at(-1)).toBe('         ● rising')
})

test('says which lines are hidden, and by what', () => {
  const legend = textChart([
    { name: 'data', values: flat(2) },
    { name: 'same', values: flat(2) },
    { name: 'low', values: flat(0) },
    { name: 'between', values: [...flat(2).slice(10), ...flat(0).slice(11)] },
  ]).split('\n')
  expect(legend.at(-1)?.trim()).toBe('● data   ○ same (behind ●)   ▲ low   △ between (behind the others)')
})

test('stays within 80 columns with many names', () => {
  const names = Array.from({ length: 9 }, (_, i) => `class-preconditioner-${i}`)
  const lines = textChart(names.map((name, i) => ({ name, values: flat(i / 3) }))).split('\n')
  for (const name of names) expect(lines.some((line) => line.includes(name))).toBe(true)
  lines.forEach((line) => expect(line.length).toBeLessThanOrEqual(80))
})
