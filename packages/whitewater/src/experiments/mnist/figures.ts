// The curves of Table 1's page: quality over epochs and over time, and what preconditioning makes of the path (Fig. 8a).
import type { Block } from '../../report/document.ts'
import { kappaFigure } from '../../report/kappa-figure.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { lossFigure } from '../../report/loss-figure.ts'
import { multiplesFigure } from '../../report/multiples-figure.ts'
import type { LineSeries, Point } from '../../report/series.ts'
import { spectrumFigure } from '../../report/spectrum-figure.ts'
import { spreadOf } from '../shared/observe.ts'
import { over, secondsAt, seedsSaid, type Entry } from './entries.ts'
import type { Look, MnistResult, Prepared } from './result.ts'
import type { Row } from './rows.ts'

/** The row that this one is a variant of: wider, or with a known part of the velocity. */
function baseOf({ precondition, residual, matched }: Row): string | undefined {
  if (matched || (residual !== undefined && precondition !== 'none')) return precondition
  return residual === 'class-means' ? 'gaussian-residual' : undefined
}

/** How each row's line looks: variants in the hue of their base, where it is drawn too. */
function stylesOf(entries: readonly Entry[]): Pick<LineSeries, 'name' | 'style' | 'like'>[] {
  return entries.map(({ row }) => {
    const like = entries.findIndex((other) => other.row.name === baseOf(row))
    return like < 0 ? { name: row.name } : { name: row.name, style: 'variant', like }
  })
}

/** Rows that differ by their preconditioner alone: the others have the path of one of these. */
const plainRows = (entries: readonly Entry[]): Entry[] =>
  entries.filter(({ row }) => !row.matched && row.residual === undefined)

/** The mean over seeds within one standard deviation, look by look. */
function learningCurve(
  { runs }: Entry,
  x: (result: MnistResult, look: Look) => number,
  y: (look: Look) => number,
): Point[] {
  return runs[0].result.looks.map((_, at) => {
    const seen = runs.map(({ result }) => ({ x: x(result, result.looks[at]), y: y(result.looks[at]) }))
    const { mean, deviation, count } = spreadOf(seen.map((point) => point.y))
    const band = count > 1 ? { low: mean - deviation, high: mean + deviation } : {}
    return { x: spreadOf(seen.map((point) => point.x)).mean, y: mean, ...band }
  })
}

const scores = {
  frechet: { name: 'FID', slug: 'fid' },
  mmd: { name: 'MMD²', slug: 'mmd' },
} as const

const axes = {
  epochs: { x: (_: MnistResult, look: Look) => look.epoch, label: 'Epochs of the generator', slug: 'epochs' },
  seconds: { x: secondsAt, label: "Processor seconds, the preconditioner's own included", slug: 'time' },
} as const

/** What other real images have. */
function floorOf(points: readonly Point[], y: number): LineSeries {
  const xs = points.map((point) => point.x)
  return {
    name: 'training images',
    style: 'predicted',
    neutral: true,
    points: [Math.min(...xs), Math.max(...xs)].map((x) => ({ x, y })),
  }
}

export function qualityBlock(
  entries: readonly Entry[],
  { floor }: Prepared,
  score: keyof typeof scores,
  axis: keyof typeof axes,
): Block {
  const { name, slug } = scores[score]
  const { x, label, slug: xSlug } = axes[axis]
  const styles = stylesOf(entries)
  const series = entries.map((entry, at): LineSeries => {
    const points = learningCurve(entry, x, (look) => look[score])
    return { ...styles[at], points }
  })
  const all = series.flatMap(({ points }) => [...points])
  const variants = series.some(({ style }) => style === 'variant')
  const bands = entries.some(({ runs }) => runs.length > 1) ? ' within one standard deviation' : ''
  const time =
    axis === 'seconds'
      ? ' A row begins where its preconditioner is fitted and its field has had its first epochs; measuring is not counted.'
      : " The preconditioner's own training is not counted here."
  return {
    kind: 'figure',
    name: `${slug}-over-${xSlug}`,
    svg: linesFigure({
      label: `${name} of generated images against ${label.toLowerCase()}`,
      series: [...series, floorOf(all, floor.real[score])],
      xLabel: label,
      yLabel: name,
      xLog: true,
      yLog: true,
    }),
    caption: `${name} to held-out images, averaged weights; mean over ${seedsSaid(entries)}${bands}.${time}${variants ? ' Dotted: a row that varies the one of its colour, with more weights or with a known part of the velocity.' : ''} Dashed: real training images.`,
  }
}

export function kappaBlock(entries: readonly Entry[], { images }: Prepared): Block {
  const plain = plainRows(entries)
  const series = plain.map((entry) => ({
    name: entry.row.name,
    points: entry.runs[0].result.kappa.map(({ t }, at) => {
      const { mean, deviation, count } = over(entry, ({ kappa }) => kappa[at].kappa)
      return { t, kappa: mean, ...(count > 1 && { low: mean - deviation, high: mean + deviation }) }
    }),
  }))
  return {
    kind: 'figure',
    name: 'kappa',
    svg: kappaFigure({ series, samples: images.train }),
    caption: `Condition number of Cov(x_t) + 10⁻⁶ I along the path that the field is trained on (Fig. 8a): Eq. 13 from the covariance of all training latents, as they are and after each preconditioner; mean over ${seedsSaid(plain)}. Rows with more weights or a known part of the velocity have the path of their preconditioner.`,
  }
}

/** Before and after. */
export function spectrumBlock(entries: readonly Entry[], { spectrum }: Prepared): Block {
  const changed = plainRows(entries).filter(({ row }) => row.precondition !== 'none')
  const series = changed.map(({ row, runs }) => ({ name: row.name, eigenvalues: runs[0].result.spectrum }))
  return {
    kind: 'figure',
    name: 'spectrum',
    svg: spectrumFigure({ series: [{ name: 'latents', eigenvalues: spectrum }, ...series] }),
    caption:
      'Eigenvalues of the covariance of the latents, normalised a channel, and of what each preconditioner makes of them. First seed.',
  }
}

const watchedTimes = [0.5, 0.9, 1]

/** How soon a preconditioner that is trained evens out the path; nothing where none was watched. */
export function fittingBlock(entries: readonly Entry[]): Block[] {
  const watched = plainRows(entries).filter(({ runs }) => runs[0].result.kappaWhileFitting.length > 0)
  if (watched.length === 0) return []
  const panels = watched.map(({ row, runs: [{ result }] }) => ({
    title: row.name,
    series: watchedTimes.map((t) => ({
      name: `t = ${t}`,
      points: result.kappaWhileFitting.map(({ step, points }) => ({
        x: step,
        y: points.reduce((best, point) => (Math.abs(point.t - t) < Math.abs(best.t - t) ? point : best))
          .kappa,
      })),
    })),
  }))
  return [
    {
      kind: 'figure',
      name: 'kappa-while-fitting',
      svg: multiplesFigure({
        label: 'Condition number of the path over training steps of the preconditioner',
        panels,
        columns: Math.max(2, panels.length),
        xLabel: 'Training step of the preconditioner',
        yLabel: 'κ of Cov(x(t))',
        yLog: true,
        xLog: true,
      }),
      caption:
        'Condition number of Cov(x_t) + 10⁻⁶ I at three path times while the preconditioner is trained, from its weights at that step. First seed.',
    },
  ]
}

export function lossBlock(entries: readonly Entry[]): Block {
  const styles = stylesOf(entries)
  const series = entries.map(({ runs: [{ result }] }, at) => ({ ...styles[at], points: result.losses }))
  return {
    kind: 'figure',
    name: 'loss',
    svg: lossFigure({ series, lossLabel: 'Loss a dimension' }),
    caption:
      "Training loss in the units of each preconditioner's space, so heights do not compare between rows with different preconditioners. First seed.",
  }
}
