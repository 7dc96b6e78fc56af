import { describe, expect, it } from 'vitest'
import { htmlTable, textTable, type Cell, type Table } from './table.ts'

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

describe('means over seeds', () => {
  const spread = (mean: number, deviation: number, count = 3) => ({ mean, deviation, count })
  const cell = (value: Cell, format?: (value: number) => string) =>
    textTable({ columns: [{ key: 'a', label: 'A', format }], rows: [{ a: value }] }).split('\n')[2]

  it.each([
    [spread(0.12345, 0.0041), '0.1235 ± 0.0041'],
    [spread(0.12345, 0.4), '0.12 ± 0.40'],
    [spread(2603.4, 12.3), '2,603 ± 12'],
    [spread(2603.4, 1234), '2,603 ± 1,234'],
    [spread(-0.001, 0.5), '0.00 ± 0.50'],
    [spread(9.9, 0.0996), '9.90 ± 0.10'],
    [spread(0.5, 0), '0.5000 ± 0'],
    [spread(1, 1e-15), '1.000 ± 1.0 × 10⁻¹⁵'],
    [spread(1.234e-7, 2e-9), '1.234 × 10⁻⁷ ± 2.0 × 10⁻⁹'],
    [spread(0.12345, NaN, 1), '0.1235'],
    [spread(0.12345, 0, 1), '0.1235'],
    [spread(NaN, NaN), '–'],
    [spread(Infinity, NaN), '∞'],
  ])('%o prints as %s', (value, printed) => {
    expect(cell(value)).toBe(printed)
  })

  it('prints both parts in the format of the column', () => {
    expect(cell(spread(0.8123, 0.0456), (value) => `${(100 * value).toFixed(1)} %`)).toBe('81.2 % ± 4.6 %')
  })

  const mixed: Table = {
    columns: [
      { key: 'name', label: 'Name' },
      { key: 'mmd', label: 'MMD', better: 'lower' },
      { key: 'kappa', label: 'κ', better: 'lower' },
    ],
    rows: [
      { name: 'None', mmd: spread(0.1234, 0.0041), kappa: spread(2603, 120) },
      { name: 'ZCA', mmd: spread(0.012, 0.013), kappa: spread(1.0312, 0.0049) },
      { name: 'Exact', mmd: 0.5, kappa: spread(1, 0, 1) },
      { name: 'Failed', mmd: null, kappa: NaN },
    ],
  }

  it('stand point under point and ± under ±, the best marked by its mean', () => {
    expect(textTable(mixed)).toBe(
      [
        'Name               MMD ↓                   κ ↓',
        '──────  ────────────────  ────────────────────',
        'None    0.1234 ± 0.0041   2,603      ± 120',
        'ZCA     0.012  ± 0.013*       1.0312 ± 0.0049',
        'Exact   0.5000                1.000*',
        'Failed       –                     –',
      ].join('\n'),
    )
    const strong = [...htmlTable(mixed).matchAll(/<strong>(.*?)<\/strong>/g)].map(([, text]) => text.trim())
    expect(strong).toEqual(['0.012\u2007 ± 0.013', '1.000'])
  })

  it('marks only what the spread tells apart, and all that it does not tell from the best', () => {
    const columns = [{ key: 'a', label: 'A', better: 'lower' as const }]
    const marked = (...cells: ReturnType<typeof spread>[]) =>
      [...htmlTable({ columns, rows: cells.map((a) => ({ a })) }).matchAll(/<strong>(.*?)<\/strong>/g)].length
    expect(marked(spread(1, 0.1), spread(1.05, 0.02))).toBe(0)
    expect(marked(spread(1, 0.1), spread(1.2, 0.02))).toBe(1)
    expect(marked(spread(1, 0.1), spread(1.05, 0.02), spread(2, 0.1))).toBe(2)
    expect(marked(spread(1, 0.1, 1), spread(1.05, 0.02, 1))).toBe(1)
  })
})
