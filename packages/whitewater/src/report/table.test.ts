import { describe, expect, it } from 'vitest'
import { htmlTable, textTable, type Table } from './table.ts'

const table: Table = {
  columns: [
    { key: 'name', label: 'Preconditioner' },
    { key: 'steps', label: 'Steps' },
    { key: 'distance', label: 'Fréchet distance', better: 'lower' },
    { key: 'precision', label: 'Precision', better: 'higher', format: (value) => value.toFixed(2) },
    { key: 'kappa', label: 'max κ(t)', unit: 'ratio', better: 'lower' },
  ],
  rows: [
    { name: 'None', steps: 10000, distance: 15.85, precision: 0.577, kappa: Infinity },
    { name: 'ZCA <b>&', steps: 10000, distance: 6.12, precision: 0.844, kappa: 1 },
    { name: 'RealNVP', steps: 800, distance: NaN, precision: 0.844, kappa: null },
  ],
}

describe('textTable', () => {
  it('aligns decimal points and marks the best values', () => {
    expect(textTable(table)).toBe(
      [
        'Preconditioner   Steps  Fréchet distance ↓  Precision ↑  max κ(t), ratio ↓',
        '──────────────  ──────  ──────────────────  ───────────  ─────────────────',
        'None            10,000             15.85          0.58                   ∞',
        'ZCA <b>&        10,000              6.120*        0.84*                  1',
        'RealNVP            800                  –         0.84*                  –',
      ].join('\n'),
    )
  })
})

describe('htmlTable', () => {
  const html = htmlTable(table)

  it('escapes text', () => {
    expect(html).toContain('<th scope="row">ZCA &lt;b&gt;&amp;</th>')
    expect(html).not.toContain('<b>')
  })

  it('marks the best finite value of each column with a direction, all of a tie', () => {
    expect([...html.matchAll(/<strong>(.*?)<\/strong>/g)].map(([, text]) => text)).toEqual([
      '6.120',
      '0.84',
      '0.84',
    ])
  })

  it('pads to the decimal point with spaces as wide as digits', () => {
    expect(html).toContain('<td class="number">15.85\u2007</td>')
  })

  it('marks nothing when all values are equal or only one is finite', () => {
    const columns = [{ key: 'a', label: 'A', better: 'lower' as const }]
    expect(htmlTable({ columns, rows: [{ a: 1.5 }, { a: 1.5 }] })).not.toContain('<strong>')
    expect(htmlTable({ columns, rows: [{ a: 1.5 }, { a: NaN }] })).not.toContain('<strong>')
  })
})

it('rejects an empty table', () => {
  expect(() => htmlTable({ columns: [], rows: [] })).toThrow(
    /0 columns and 0 rows, expected at least one of each/,
  )
  expect(() => textTable({ columns: table.columns, rows: [] })).toThrow(RangeError)
})
