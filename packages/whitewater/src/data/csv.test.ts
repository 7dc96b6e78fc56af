import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv } from './csv.ts'

describe('csv', () => {
  it('reads back what JavaScript prints, with any separator, line ending and header', () => {
    const table = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, columns]) =>
        fc.array(fc.array(fc.double(), { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      )
    const separators = fc.constantFrom(',', ';', '\t', ', ')
    fc.assert(
      fc.property(
        table,
        separators,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (rows, comma, newline, headed) => {
          const lines = rows.map((row) => row.join(comma))
          if (headed) lines.unshift(rows[0].map((_, i) => `column ${i}`).join(comma))
          const { values, columns } = parseCsv(lines.join(newline) + newline, 'x.csv')
          expect(values.shape).toEqual([rows.length, rows[0].length])
          // Printing loses the sign of zero.
          expect(Array.from(values.data, (v) => v + 0)).toEqual(rows.flat().map((v) => v + 0))
          expect(columns?.length).toBe(headed ? rows[0].length : undefined)
        },
      ),
      { numRuns: 100, seed: 1 },
    )
  })

  it('skips a byte order mark, comments and empty lines, and reads columns set by spaces', () => {
    expect(parseCsv('\ufeff# made by hand\n\n1 2\n 3  4 \n', 'x').values).toEqual(
      ndarray(Float64Array.of(1, 2, 3, 4), [2, 2]),
    )
  })

  it('takes the label column by name or index, with quoted cells', () => {
    const text = '"x, mm",kind,y\n1,"red",2\n3,blue,4\n'
    const expected = {
      columns: ['x, mm', 'y'],
      values: ndarray(Float64Array.of(1, 2, 3, 4), [2, 2]),
      labels: ['red', 'blue'],
    }
    expect(parseCsv(text, 'x', { labelColumn: 'kind' })).toEqual(expected)
    expect(parseCsv(text, 'x', { labelColumn: 1 })).toEqual(expected)
    expect(parseCsv(text, 'x', { labelColumn: -2 })).toEqual(expected)
    expect(() => parseCsv(text, 'x', { labelColumn: 'colour' })).toThrow(
      "no label column 'colour': it has columns x, mm",
    )
    expect(() => parseCsv('1,2\n', 'x', { labelColumn: 5 })).toThrow('it has 2 columns and no header')
  })

  it('names line and column of what is wrong', () => {
    expect(() => parseCsv('a,b\n1,2\n3,x\n', 't.csv')).toThrow("t.csv line 3, column 2 holds 'x'")
    expect(() => parseCsv('1,2\n\n3,\n', 't.csv')).toThrow("t.csv line 3, column 2 holds ''")
    expect(() => parseCsv('1,0x10\n', 't.csv')).toThrow("holds '0x10'")
    expect(() => parseCsv('1,2\n3\n', 't.csv')).toThrow('t.csv line 2 has 1 cells, expected 2 as on line 1')
    expect(() => parseCsv('\n \n', 't.csv')).toThrow('t.csv is empty')
  })
})
