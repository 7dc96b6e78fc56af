// Example figures with seeded data: their snapshots show what each figure looks like.
import { contractionFigure } from '../contraction-figure.ts'
import { fieldFigure } from '../field-figure.ts'
import { galleryFigure } from '../gallery-figure.ts'
import { heatFigure } from '../heat-figure.ts'
import { linesFigure } from '../lines-figure.ts'
import { multiplesFigure } from '../multiples-figure.ts'
import { pathSpectrumFigure } from '../path-spectrum-figure.ts'
import { scatterFigure } from '../scatter-figure.ts'

/** Park and Miller's generator: enough for pictures. */
function uniform(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16807) % 2147483647) / 2147483647
}

/** Near enough to a normal law: twelve uniforms. */
function normal(seed: number): () => number {
  const random = uniform(seed)
  return () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6)
}

const times = Array.from({ length: 41 }, (_, k) => k / 40)

/** lambda_j(S_t) of Prop. 3.1. */
const along = (lambda: number, t: number): number => (1 - t) ** 2 + t * t * lambda

const eigenvalues = [100, 31.6, 10, 3.16, 1, 0.316, 0.1, 0.0316, 0.01]

/** The error of one mode under gradient descent, exact and with a little noise over seeds. */
function descent(name: string, rate: number, seed: number) {
  const random = uniform(seed)
  const exact = (step: number) => (1 - rate) ** step
  const steps = Array.from({ length: 61 }, (_, k) => 5 * k)
  const measured = steps.map((x) => {
    const y = exact(x) * (1 + 0.2 * (random() - 0.5)) + 2e-5
    return { x, y, low: y * 0.7, high: y * 1.4 }
  })
  return [
    { name, points: measured },
    { name, style: 'predicted' as const, points: steps.map((x) => ({ x, y: exact(x) })) },
  ]
}

const linesSeries = [
  ...descent('κ = 10', 0.08, 3),
  ...descent('κ = 100', 0.02, 5),
  ...descent('κ = 1,000', 0.002, 7),
].map((series, index) => (index % 2 === 1 ? { ...series, like: index - 1 } : series))

const curve = (name: string, floor: number, rate: number, seed: number) => {
  const random = uniform(seed)
  return {
    name,
    points: Array.from({ length: 25 }, (_, k) => {
      const y = floor + Math.exp(-rate * k) * (1 + 0.15 * random())
      return { x: 10 * 1.32 ** k, y, low: y * 0.8, high: y * 1.25 }
    }),
  }
}

const grid = [2, 3, 5, 8].flatMap((components, row) =>
  [1, 2, 3, 4].map((decade) => ({
    title: `${components} components, κ = 10${'⁰¹²³⁴'[decade]}`,
    series: [
      curve('None', 0.003 * 10 ** (decade / 2), 0.32 / decade, 10 * row + decade + 1),
      curve('ZCA', 0.004, 0.3, 20 * row + decade + 2),
      curve('Per component', 0.002, 0.34, 30 * row + decade + 3),
    ],
  })),
)

/** Samples of N(mean, covariance) with the given standard deviations along axes turned by `angle`. */
function gaussian(
  count: number,
  [long, short]: readonly [number, number],
  angle: number,
  mean: readonly [number, number],
  seed: number,
) {
  const random = normal(seed)
  const c = Math.cos(angle)
  const s = Math.sin(angle)
  const points = Array.from({ length: count }, () => [long * random(), short * random()]).flatMap(
    ([a, b]) => [mean[0] + c * a - s * b, mean[1] + s * a + c * b],
  )
  const p = c * c * long ** 2 + s * s * short ** 2
  const q = c * s * (long ** 2 - short ** 2)
  const r = s * s * long ** 2 + c * c * short ** 2
  return { points, mean, covariance: [p, q, q, r] }
}

function mixture(components: number, squeeze: number, seed: number) {
  const parts = Array.from({ length: components }, (_, k) => {
    const angle = (2 * Math.PI * k) / components
    return gaussian(
      120,
      [0.9, 0.12 * squeeze],
      angle + 0.6,
      [3 * Math.cos(angle), 3 * Math.sin(angle)],
      seed + k,
    )
  })
  return {
    points: parts.flatMap(({ points }) => points),
    labels: parts.flatMap((_, k) => Array<number>(120).fill(k)),
    parts,
  }
}

const real = mixture(5, 1, 11)
const made = mixture(5, 2.2, 31)
const trueEllipses = real.parts.map(({ mean, covariance }) => ({ mean, covariance }))
const madeEllipses = made.parts.map(({ mean, covariance }) => ({
  mean,
  covariance,
  style: 'generated' as const,
}))

/** Paths of the exact flow from N(0, I) to N(0, diag(lambda)): x_t = sqrt(lambda_j(S_t)) x_0 along each axis. */
function flowPaths(count: number, lambdas: readonly [number, number], seed: number) {
  const random = normal(seed)
  return Array.from({ length: count }, () => {
    const start = [random(), random()]
    return {
      points: times.flatMap((t) => lambdas.map((lambda, j) => Math.sqrt(along(lambda, t)) * start[j])),
    }
  })
}

const elongated = gaussian(400, [3, 0.3], 0, [0, 0], 5)

/** The exact velocity of Prop. 3.1 at time t on a grid. */
function field(lambdas: readonly [number, number], t: number) {
  const axis = Array.from({ length: 12 }, (_, k) => -3 + (6 * k) / 11)
  const points = axis.flatMap((y) => axis.flatMap((x) => [x, y]))
  const slope = lambdas.map((lambda) => (t * lambda - (1 - t)) / along(lambda, t))
  return {
    points,
    vectors: points.map((value, index) => slope[index % 2] * value),
    ellipse: { mean: [0, 0] as const, covariance: [along(lambdas[0], t), 0, 0, along(lambdas[1], t)] },
  }
}

const heat = (rows: number, columns: number, gain: number) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) =>
      row === rows - 1 && column === 0 ? NaN : gain * 10 ** (-0.4 * row + 0.25 * column - 1),
    ),
  )

/** One orange pixel. */
const picture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGO4GscAAAM/ATSTd+sxAAAAAElFTkSuQmCC'

const names = (count: number) => Array.from({ length: count }, (_, index) => `q${index + 1}`)

/** Each figure's options are what an experiment would pass. */
export const exampleFigures: Record<string, () => string> = {
  lines: () =>
    linesFigure({
      label: 'Error of the slowest mode under gradient descent',
      series: linesSeries,
      xLabel: 'Gradient step',
      yLabel: 'Error of the slowest mode, relative',
      yLog: true,
      note: 'Mean of 5 seeds, band from the lowest to the highest.',
    }),
  'lines-log-steps': () =>
    linesFigure({
      label: 'MMD over training steps',
      series: [curve('None', 0.05, 0.1, 3), curve('ZCA', 0.02, 0.2, 4)].map(({ name, points }) => ({
        name,
        points: [{ x: 0, y: 1.3 }, ...points],
      })),
      xLabel: 'Training step',
      yLabel: 'MMD',
      xLog: true,
      note: 'N = 10,000; 3 seeds, band ± 1 standard deviation.',
    }),
  'lines-variants': () =>
    linesFigure({
      label: 'FID over epochs, two networks of each kind',
      series: [
        curve('None', 0.3, 0.1, 3),
        { ...curve('None, wider', 0.2, 0.11, 4), style: 'variant', like: 0 },
        curve('ZCA', 0.1, 0.2, 5),
        { ...curve('ZCA, wider', 0.06, 0.21, 6), style: 'variant', like: 2 },
        {
          name: 'Training images',
          style: 'predicted',
          neutral: true,
          points: [10, 7800].map((x) => ({ x, y: 0.05 })),
        },
      ],
      xLabel: 'Epoch',
      yLabel: 'FID',
      xLog: true,
      yLog: true,
    }),
  gallery: () =>
    galleryFigure({
      label: 'Samples of five runs',
      panels: ['Training images', 'None', 'ZCA', 'RealNVP', 'Flow'].map((title, index) => ({
        title,
        source: picture,
        ...(index > 0 && { caption: `FID ${9 - index}` }),
      })),
      size: [238, 298],
      note: 'Ten classes, eight of each.',
    }),
  multiples: () =>
    multiplesFigure({
      label: 'MMD over training steps for component counts and condition numbers',
      panels: grid,
      columns: 4,
      xLabel: 'Training step',
      yLabel: 'MMD',
      xLog: true,
      yLog: true,
      note: 'N = 10,000; mean of 3 seeds, band ± 1 standard deviation.',
    }),
  'multiples-two': () =>
    multiplesFigure({
      label: 'Error per mode without and with whitening',
      panels: [
        { title: 'None', series: linesSeries },
        { title: 'ZCA', series: linesSeries.slice(0, 2) },
      ],
      xLabel: 'Gradient step',
      yLabel: 'Error, relative',
      yLog: true,
    }),
  'multiples-five': () =>
    multiplesFigure({
      label: 'Five panels',
      panels: grid.slice(0, 5),
      xLabel: 'Training step',
      yLabel: 'MMD',
    }),
  'scatter-mixture': () =>
    scatterFigure({
      panels: [
        { title: 'Data', points: real.points, labels: real.labels, ellipses: trueEllipses },
        {
          title: 'Samples, no preconditioner',
          points: made.points,
          labels: made.labels,
          ellipses: [...trueEllipses, ...madeEllipses],
        },
      ],
      axisLabels: ['x₁', 'x₂'],
    }),
  'scatter-paths': () =>
    scatterFigure({
      panels: ['None', 'ZCA', 'Exact'].map((title, k) => ({
        title,
        points: elongated.points,
        ellipses: [{ mean: [0, 0] as const, covariance: elongated.covariance }],
        paths: flowPaths(24, [9, 0.09], k + 3),
      })),
      axisLabels: ['x₁', 'x₂'],
      note: '24 of 400 paths; Dormand-Prince 5, tolerance 10⁻⁵.',
    }),
  field: () =>
    fieldFigure({
      panels: [0.1, 0.5, 0.9].map((t) => ({ title: `Velocity at t = ${t}`, ...field([4, 0.04], t) })),
      axisLabels: ['x₁', 'x₂'],
    }),
  heat: () =>
    heatFigure({
      label: 'Excess risk by eigendirection and time',
      rows: names(6),
      columns: ['0–0.2', '0.2–0.4', '0.4–0.6', '0.6–0.8', '0.8–1'],
      values: heat(6, 5, 1),
      rowLabel: 'Eigendirection, largest eigenvalue first',
      columnLabel: 'Path time t',
      valueLabel: 'Excess risk',
      log: true,
      note: 'N = 10,000.',
    }),
  'heat-panels': () =>
    heatFigure({
      label: 'Loss by eigendirection and time bin, without and with whitening',
      rows: names(64),
      columns: Array.from({ length: 21 }, (_, k) => k / 20),
      panels: [
        { title: 'None', values: heat(64, 20, 1) },
        { title: 'ZCA', values: heat(64, 20, 1e3) },
      ],
      rowLabel: 'Eigendirection',
      columnLabel: 'Path time t (0 noise, 1 data)',
      valueLabel: 'Loss per eigendirection',
      log: true,
    }),
  'path-spectrum': () =>
    pathSpectrumFigure({
      times,
      values: times.map((t) => eigenvalues.map((lambda) => along(lambda, t))),
      predicted: times.map((t) => eigenvalues.map((lambda) => along(lambda, t))),
    }),
  contraction: () =>
    contractionFigure({
      times,
      values: times.map((t) => {
        const modes = eigenvalues.slice(0, 5).map((lambda) => along(lambda, t))
        const step = 1 / (Math.max(...modes) + Math.min(...modes))
        return modes.map((lambda) => Math.abs(1 - 2 * step * lambda))
      }),
      note: 'Best fixed step at each t.',
    }),
}
