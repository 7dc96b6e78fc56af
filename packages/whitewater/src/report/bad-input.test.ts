import { describe, expect, it } from 'vitest'
import { contractionFigure } from './contraction-figure.ts'
import { fieldFigure } from './field-figure.ts'
import { heatFigure } from './heat-figure.ts'
import { linesFigure } from './lines-figure.ts'
import { multiplesFigure } from './multiples-figure.ts'
import { pathSpectrumFigure } from './path-spectrum-figure.ts'
import { scatterFigure } from './scatter-figure.ts'

const axes = { label: 'Figure', xLabel: 'x', yLabel: 'y' }
const one = [{ x: 0, y: 1 }]
const heatSpec = {
  label: 'Heat',
  rows: ['a'],
  columns: ['b', 'c'],
  rowLabel: '',
  columnLabel: '',
  valueLabel: '',
}

describe('bad input', () => {
  it.each<[string, () => string, RegExp]>([
    [
      'no series',
      () => linesFigure({ ...axes, series: [] }),
      /linesFigure got 0 series.*expected at least one/,
    ],
    ['no panels', () => multiplesFigure({ ...axes, panels: [] }), /multiplesFigure.*expected at least one/],
    [
      'like a series that is not there',
      () => linesFigure({ ...axes, series: [{ name: 'A', points: one, like: 4 }] }),
      /series 'A' has like 4, expected the index of another of the 1 series/,
    ],
    [
      'half a column',
      () =>
        multiplesFigure({
          ...axes,
          panels: [{ title: '', series: [{ name: 'A', points: one }] }],
          columns: 0.5,
        }),
      /columns 0.5, expected a whole number/,
    ],
    [
      'labels for other points',
      () => scatterFigure({ panels: [{ title: 'A', points: [1, 2], labels: [0, 1] }] }),
      /2 labels for 1 points, expected one each/,
    ],
    [
      'labels that are no classes',
      () => scatterFigure({ panels: [{ title: 'A', points: [1, 2], labels: [-1] }] }),
      /label -1, expected whole numbers from 0/,
    ],
    [
      'a covariance that is none',
      () =>
        scatterFigure({
          panels: [{ title: 'A', points: [1, 2], ellipses: [{ mean: [0, 0], covariance: [1, 2, 2, 1] }] }],
        }),
      /positive semidefinite/,
    ],
    [
      'half a position',
      () => scatterFigure({ panels: [{ title: 'A', points: [1, 2], paths: [{ points: [1, 2, 3] }] }] }),
      /path of 3 numbers, expected rows of 2/,
    ],
    ['no arrows', () => fieldFigure({ panels: [] }), /expected at least one/],
    [
      'arrows without points',
      () => fieldFigure({ panels: [{ title: 'v', points: [0, 0], vectors: [1, 1, 2, 2] }] }),
      /2 numbers of points and 4 of vectors, expected \[n, 2\] of both/,
    ],
    ['no values', () => heatFigure({ ...heatSpec, values: [[NaN, NaN]] }), /none of them finite/],
    [
      'a missing column',
      () => heatFigure({ ...heatSpec, values: [[1]] }),
      /one of 1 columns, expected 1 of 2/,
    ],
    [
      'edges that go back',
      () => heatFigure({ ...heatSpec, columns: [0, 2, 1], values: [[1, 2]] }),
      /edges 0, 2, 1, expected ascending/,
    ],
    [
      'rows without times',
      () => pathSpectrumFigure({ times: [0, 1], values: [[1, 2]] }),
      /1 rows for 2 times, expected one row/,
    ],
    [
      'rows of unequal length',
      () => contractionFigure({ times: [0, 1], values: [[1, 2], [1]] }),
      /2 rows of 2 and 1 modes for 2 times/,
    ],
  ])('%s is an error that says what to pass', (_, draw, message) => {
    expect(draw).toThrow(RangeError)
    expect(draw).toThrow(message)
  })
})

it('degenerate data still draws', () => {
  const flat = { mean: [0, 0] as const, covariance: [1, 0, 0, 0] }
  const drawn = [
    linesFigure({ ...axes, series: [{ name: 'A', points: one }], xLog: true, yLog: true }),
    multiplesFigure({
      ...axes,
      panels: [
        { title: 'A', series: [{ name: 'A', points: one }] },
        { title: 'B', series: [] },
      ],
    }),
    heatFigure({ ...heatSpec, values: [[3, 3]], log: true }),
    heatFigure({ ...heatSpec, values: [[0, 0]] }),
    fieldFigure({ panels: [{ title: 'v', points: [1, 1], vectors: [0, 0], ellipse: flat }] }),
    scatterFigure({
      panels: [{ title: 'A', points: [1, 1], ellipses: [flat], paths: [{ points: [0, 0] }] }],
    }),
    pathSpectrumFigure({ times: [0.5], values: [[1]] }),
  ]
  for (const svg of drawn) expect(svg).not.toMatch(/NaN|undefined|Infinity/)
})
