import { describe, expect, it } from 'vitest'
import { spreadApart } from './end-labels.ts'
import { fieldFigure } from './field-figure.ts'
import { galleryFigure } from './gallery-figure.ts'
import { heatFigure } from './heat-figure.ts'
import { linesFigure } from './lines-figure.ts'
import { ellipseOutline } from './overlay.ts'
import { scatterFigure } from './scatter-figure.ts'
import { exampleFigures } from './testing/examples.ts'

const svgOf = (name: string): string => exampleFigures[name]()

const count = (svg: string, pattern: RegExp): number => [...svg.matchAll(pattern)].length

describe('predictions', () => {
  const svg = svgOf('lines')

  it('are dashed, in the hue of what they predict, and share one key', () => {
    const dashed = [...svg.matchAll(/<g[^>]*stroke-dasharray="5 3"[^>]*>/g)].map(([tag]) => tag)
    expect(dashed).toHaveLength(3)
    for (const color of ['#0072B2', '#D55E00', '#009E73']) {
      expect(dashed.filter((tag) => tag.includes(color))).toHaveLength(1)
    }
    expect(count(svg, />Predicted</g)).toBe(1)
  })

  it('end at the frame, a decade below the lowest measurement', () => {
    const measured = [1, 0.1].map((y, x) => ({ x, y }))
    const figure = (floor: number) =>
      linesFigure({
        label: 'Error',
        series: [
          { name: 'A', points: measured },
          { name: 'A', like: 0, style: 'predicted', points: [1, floor].map((y, x) => ({ x, y })) },
        ],
        xLabel: 'Step',
        yLabel: 'Error',
        yLog: true,
      })
    expect(figure(1e-40)).not.toContain('10⁻')
    // the line leaves the frame where it crosses it: for a steep one almost at once
    const [, steep] = /stroke-dasharray="5 3"[^>]*><path d="M56,[\d.]+L([\d.]+)/.exec(figure(1e-40)) ?? []
    expect(Number(steep)).toBeGreaterThan(56)
    expect(Number(steep)).toBeLessThan(56 + 0.06 * 612)
    const [, whole] = /stroke-dasharray="5 3"[^>]*><path d="M56,[\d.]+L([\d.]+)/.exec(figure(0.05)) ?? []
    expect(Number(whole)).toBe(668)
  })

  it('that stay far from what was measured are in the frame', () => {
    const svg = linesFigure({
      label: 'MMD',
      series: [
        { name: 'A', points: [1, 0.5].map((y, x) => ({ x, y })) },
        { name: 'Floor', style: 'predicted', points: [0, 1].map((x) => ({ x, y: 1e-6 })) },
      ],
      xLabel: 'Step',
      yLabel: 'MMD',
      yLog: true,
    })
    expect(svg).toMatch(/stroke-dasharray="5 3"[^>]*><path d="M56,([\d.]+)L668,\1"/)
  })

  it('without a measured line of their name have a key of their own', () => {
    const svg = linesFigure({
      label: 'Error',
      series: [
        { name: 'Measured', points: [{ x: 0, y: 1 }] },
        { name: 'Theory', style: 'predicted', points: [{ x: 0, y: 2 }] },
      ],
      xLabel: 'Step',
      yLabel: 'Error',
    })
    expect(svg).toContain('>Theory<')
    expect(svg).not.toContain('>Predicted<')
  })
})

describe('what figures say about what they cannot show', () => {
  it('counts values that a logarithmic axis has no place for', () => {
    const points = [1, 0.1, -0.2, 0].map((y, x) => ({ x, y }))
    const spec = { label: 'MMD', series: [{ name: 'A', points }], xLabel: 'Step', yLabel: 'MMD' }
    expect(linesFigure({ ...spec, yLog: true })).toContain('Not drawn, because not positive: 2.')
    expect(linesFigure({ ...spec, yLog: false })).not.toContain('Not drawn')
    expect(svgOf('lines-log-steps')).toContain('Zero is not on the logarithmic x axis.')
  })

  it('keeps a spread that reaches zero on a logarithmic axis, cut at the frame', () => {
    const points = [1, 0.05].map((y, x) => ({ x, y, low: -1, high: 2 * y }))
    const svg = linesFigure({
      label: 'MMD',
      series: [{ name: 'A', points }],
      xLabel: 'Step',
      yLabel: 'MMD',
      yLog: true,
    })
    expect(svg).toContain('aria-label="area"')
    expect(svg).not.toMatch(/NaN|Infinity/)
  })

  it('says which cells of a heat map are blank', () => {
    const spec = {
      label: 'Loss',
      rows: ['a', 'b'],
      columns: ['c', 'd'],
      values: [
        [1, NaN],
        [-1, Infinity],
      ],
      rowLabel: 'Row',
      columnLabel: 'Column',
      valueLabel: 'Loss',
    }
    expect(heatFigure({ ...spec, log: true })).toContain(
      'Blank cells: 1 without a value, 2 not positive or not finite.',
    )
    expect(heatFigure(spec)).toContain('Blank cells: 1 without a value, 1 not finite.')
  })

  it('says that modes were left out and that colours repeat', () => {
    expect(svgOf('path-spectrum')).toContain('8 of 9 modes are drawn.')
    const svg = scatterFigure({ panels: [{ title: 'Ten', points: [0, 0, 1, 1], labels: [0, 9] }] })
    expect(svg).toContain('Colours repeat after 6 classes.')
  })

  it('counts paths, also where there are no points', () => {
    const paths = [{ points: [0, 0, 1, 1] }]
    const svg = scatterFigure({
      panels: [
        { title: 'Paths', points: [], paths },
        { title: 'Both', points: [1, 1], paths },
      ],
    })
    expect(svg).toContain('>1 path<')
    expect(svg).toContain('>N = 1, 1 path<')
  })

  it('states the length of the longest arrow', () => {
    const svg = fieldFigure({ panels: [{ title: 'v', points: [0, 0, 1, 1], vectors: [3, 4, 0, 0] }] })
    expect(svg).toContain('Longest arrow: 5.0.')
  })
})

describe('ellipses', () => {
  it('pass through the mean plus and minus two standard deviations', () => {
    const outline = ellipseOutline({ mean: [1, -1], covariance: [4, 1.2, 1.2, 0.5] }, 'test')
    const [x, y] = [0, 1].map((axis) => outline.map((position) => position[axis]))
    expect(Math.max(...x)).toBeCloseTo(1 + 2 * 2, 10)
    expect(Math.max(...y)).toBeCloseTo(-1 + 2 * Math.sqrt(0.5), 2)
    // every point at Mahalanobis distance 2
    const det = 4 * 0.5 - 1.2 ** 2
    for (const [a, b] of outline) {
      const u = a - 1
      const v = b + 1
      expect((0.5 * u * u - 2 * 1.2 * u * v + 4 * v * v) / det).toBeCloseTo(4, 9)
    }
  })
})

describe('labels at the ends of lines', () => {
  it('keep apart and in order, and stay put where there is room', () => {
    expect(spreadApart([10, 100, 200])).toEqual([10, 100, 200])
    const placed = spreadApart([50, 50, 51, 120])
    expect(placed[3]).toBe(120)
    placed.slice(1).forEach((at, index) => expect(at - placed[index]).toBeGreaterThanOrEqual(13 - 1e-9))
    expect((placed[0] + placed[1] + placed[2]) / 3).toBeCloseTo((50 + 50 + 51) / 3, 9)
  })
})

describe('variants', () => {
  it('share a hue with what they vary, dotted and with hollow symbols, under a key of their own', () => {
    const svg = svgOf('lines-variants')
    expect(
      count(
        svg,
        /stroke-dasharray="2 2.5"[^>]*stroke="#0072B2"|stroke="#0072B2"[^>]*stroke-dasharray="2 2.5"/g,
      ),
    ).toBeGreaterThan(0)
    expect(svg).toContain('>None, wider<')
    expect(svg).not.toContain('#009E73')
    expect(svg).toMatch(/stroke-dasharray="5 3"[^>]*stroke="currentColor"/)
  })
})

describe('galleries', () => {
  it('show every picture in its own colours, whatever the page', () => {
    const svg = svgOf('gallery')
    expect(count(svg, /<image /g)).toBe(5)
    expect(svg).toContain('data-colors')
  })

  it('take PNG data URIs and at least one of them', () => {
    const options = { label: 'Samples', size: [1, 1] as const }
    expect(() => galleryFigure({ ...options, panels: [] })).toThrow(/at least one/)
    expect(() => galleryFigure({ ...options, panels: [{ title: 'A', source: 'a.png' }] })).toThrow(
      /imageGrid/,
    )
  })
})
