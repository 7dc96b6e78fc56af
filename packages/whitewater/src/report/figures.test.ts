import { describe, expect, it } from 'vitest'
import { barFigure } from './bar-figure.ts'
import { kappaFigure } from './kappa-figure.ts'
import { lossFigure } from './loss-figure.ts'
import { scatterFigure } from './scatter-figure.ts'
import { spectrumFigure } from './spectrum-figure.ts'
import { describeFigure } from './testing/describe-figure.ts'

/** Park and Miller's generator: enough for pictures. */
function uniform(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16807) % 2147483647) / 2147483647
}

const lossSeries = (name: string, floor: number, count = 60) => {
  const random = uniform(count)
  return {
    name,
    points: Array.from({ length: count }, (_, k) => ({
      step: 100 * k,
      loss: floor + 9 * Math.exp((-8 * k) / count) + 0.1 * random(),
    })),
  }
}

/** kappa(S_t) of Eq. 13. */
const kappaSeries = (name: string, low: number, high: number) => ({
  name,
  points: Array.from({ length: 21 }, (_, k) => {
    const t = k / 20
    return { t, kappa: ((1 - t) ** 2 + t * t * high) / ((1 - t) ** 2 + t * t * low) }
  }),
})

function cloud(count: number, stretch: number): Float32Array {
  const random = uniform(7)
  return Float32Array.from(
    { length: 3 * count },
    (_, i) => (i % 3 === 0 ? stretch : 1) * (random() + random() - 1),
  )
}

const stray = cloud(90, 2)
stray.set([1e6, NaN, Infinity], 0)
stray.set([1e6, 0, 0], 3)

const figures: Record<string, string> = {
  loss: lossFigure({
    series: [lossSeries('None', 0.6), lossSeries('ZCA', 0.3)],
    lossLabel: 'Flow-matching loss',
  }),
  'loss-windows': lossFigure({ series: [lossSeries('ZCA', 4, 1000)] }),
  kappa: kappaFigure({
    series: [
      kappaSeries('None', 0, 2603),
      kappaSeries('ZCA', 1, 1),
      kappaSeries('Low rank & <rest>', 0.2, 4),
    ],
    samples: 10_000,
  }),
  spectrum: spectrumFigure({
    series: [{ name: 'Data', eigenvalues: [0.01, 5, -1e-9, 1, 0.2] }],
    samples: 500,
  }),
  scatter: scatterFigure({
    panels: [
      { title: 'Data', points: cloud(120, 3), dimension: 3 },
      { title: 'Samples without a preconditioner of any kind', points: stray, dimension: 3 },
    ],
    axes: [0, 2],
    axisLabels: ['x₁', 'x₃'],
    most: 80,
  }),
  bar: barFigure({
    bars: [
      { name: 'None', value: 8.39 },
      { name: 'Diverged', value: NaN },
      { name: 'ZCA & <scale>', value: 6.12 },
    ],
    valueLabel: 'Fréchet distance, N = 10,000',
  }),
}

for (const [name, svg] of Object.entries(figures)) describeFigure(name, svg)

describe('what figures say about what they leave out', () => {
  it('counts thinned, stray and invalid points', () => {
    expect(figures.scatter).toContain('N = 120, 80 drawn')
    expect(figures.scatter).toContain('1 outside, 1 not finite')
  })

  it('says how many losses a point averages, and how many eigenvalues are missing', () => {
    expect(figures['loss-windows']).toContain('mean of up to 3 recorded losses')
    expect(figures.spectrum).toContain('Not drawn, because not positive: 1.')
  })

  it('marks an infinite condition number', () => {
    expect(figures.kappa).toContain('∞')
  })
})

describe('degenerate data', () => {
  it.each([
    lossFigure({ series: [{ name: 'One point', points: [{ step: 0, loss: 0 }] }] }),
    kappaFigure({ series: [kappaSeries('Flat', 1, 1)] }),
    spectrumFigure({ series: [{ name: 'One', eigenvalues: [3] }] }),
    scatterFigure({ panels: [{ title: 'Same', points: [2, 2, 2, 2] }] }),
    barFigure({ bars: [{ name: 'Zero', value: 0 }], valueLabel: 'MMD' }),
  ])('still draws (%#)', (svg) => {
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    expect(svg.match(/tick label/g)).toHaveLength(2)
  })
})

describe('nothing to draw', () => {
  it.each([
    () => lossFigure({ series: [] }),
    () => lossFigure({ series: [{ name: 'None', points: [{ step: 1, loss: NaN }] }] }),
    () => kappaFigure({ series: [{ name: 'None', points: [] }] }),
    () => spectrumFigure({ series: [{ name: 'None', eigenvalues: [0, -1] }] }),
    () => scatterFigure({ panels: [] }),
    () => barFigure({ bars: [{ name: 'None', value: Infinity }], valueLabel: 'MMD' }),
  ])('is an error that says what to pass', (draw) => {
    expect(draw).toThrow(/expected at least one/)
  })

  it('rejects axes a panel does not have', () => {
    expect(() => scatterFigure({ panels: [{ title: 'Data', points: [1, 2] }], axes: [0, 2] })).toThrow(
      /axes 0 and 2/,
    )
  })
})
