// A diagnosis as a page: recommendation, what each preconditioner buys, kappa along the path, spectra, classes, and what took long.
import { writeFileAtomic } from '../../data/write.ts'
import type { ClassDiagnosis, Diagnosis } from '../../metrics/diagnosis/result.ts'
import { barFigure } from '../bar-figure.ts'
import { reportHtml, type Block, type Section } from '../document.ts'
import { kappaFigure } from '../kappa-figure.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { spectrumFigure } from '../spectrum-figure.ts'
import { preconditionerCaption, preconditionerTable, short, skippedLines, stageTotals } from './table.ts'

export interface DiagnosisReport {
  readonly source: string
  readonly diagnosis: Diagnosis
  /** What it takes to get this page again: command, seed, versions, machine, date. */
  readonly facts: Readonly<Record<string, string>>
}

/** Bars that a figure shows before it is a wall. */
const MOST_CLASSES = 30

const figure = (name: string, svg: string, caption: string): Block => ({ kind: 'figure', name, svg, caption })

/** Below this share of the largest, an eigenvalue of preconditioned data may be rounding that the map has raised. */
const RAISED_SHARE = 1e-9

/** Eigenvalues that are rounding count as zero: they would stretch the axis to nowhere. */
function withoutRounding(spectrum: readonly number[], share = spectrum.length * Number.EPSILON): number[] {
  return spectrum.map((value) => (value > share * spectrum[0] ? value : 0))
}

function pathSection({ path, preconditioners, samples, delta }: Diagnosis): Section {
  const series = [
    { name: 'data', points: path },
    ...preconditioners.map(({ kind }) => ({
      name: kind,
      points: path.map(({ t, preconditioned }) => ({ t, kappa: preconditioned[kind].kappa })),
    })),
  ]
  const caption = `Condition number of S_t + ${short(delta)} I along the path (Eq. 13), of the data and under each preconditioner. Where lines meet, the last one is seen.`
  return {
    heading: 'Condition along the path',
    blocks: [figure('kappa', kappaFigure({ series, samples }), caption)],
  }
}

function spectrumSection({
  spectrum,
  preconditioners,
  samples,
  dimension,
  effectiveRank,
  support,
}: Diagnosis): Section {
  const series = [
    { name: 'data', eigenvalues: withoutRounding(spectrum) },
    ...preconditioners.map((one) => ({
      name: one.kind,
      eigenvalues: withoutRounding(one.spectrum, RAISED_SHARE),
    })),
  ]
  const varying =
    support.dimension < dimension
      ? ` It varies in ${formatInteger(support.dimension)} of ${formatInteger(dimension)} directions; rounding beyond these is not drawn.`
      : ''
  const caption = `Eigenvalues of the covariance. Effective rank of the data (exponential of the spectrum's entropy): ${formatNumber(effectiveRank, 3)} of ${formatInteger(dimension)}.${varying} Preconditioned spectra are of the samples that were fitted.`
  return { heading: 'Spectrum', blocks: [figure('spectrum', spectrumFigure({ series, samples }), caption)] }
}

function classSection(classes: readonly ClassDiagnosis[], delta: number): Section {
  const worst = [...classes].sort((a, b) => b.kappa - a.kappa)
  const shown = worst.slice(0, MOST_CLASSES)
  const bars = shown.map(({ label, kappa, samples }) => ({
    name: `${label} (N = ${formatInteger(samples)})`,
    value: Math.log10(kappa),
  }))
  const which =
    shown.length < classes.length ? `The worst ${shown.length} of ${classes.length} classes` : 'Classes'
  const rows = shown.map(({ label, samples, kappa, support }) => ({
    label,
    samples,
    kappa,
    directions: support.dimension,
    supportKappa: support.kappa,
  }))
  return {
    heading: 'Classes',
    text: `On a mixture the worst conditioned component sets the pace of learning (Theorem 3.9, Corollary 3.10). The worst here is class ${worst[0].label}.`,
    blocks: [
      figure(
        'classes',
        barFigure({ bars, valueLabel: 'log₁₀ κ of the covariance within the class' }),
        `${which}, worst first: κ of each one's own covariance + ${short(delta)} I.`,
      ),
      {
        kind: 'table',
        table: {
          columns: [
            { key: 'label', label: 'class' },
            { key: 'samples', label: 'N' },
            { key: 'kappa', label: 'κ', format: (value) => formatNumber(value, 3) },
            { key: 'directions', label: 'directions that vary' },
            { key: 'supportKappa', label: 'κ on these', format: (value) => formatNumber(value, 3) },
          ],
          rows,
        },
        caption: `κ with ${short(delta)} added to every variance; on the directions that vary, without.`,
      },
    ],
  }
}

function timeSection(diagnosis: Diagnosis): Section {
  const { seconds, eigenSolver, streamed } = diagnosis
  const table = {
    columns: [
      { key: 'name', label: 'stage' },
      { key: 'seconds', label: 'time', unit: 's', format: (value: number) => value.toFixed(2) },
    ],
    rows: [...stageTotals(diagnosis), { name: 'all', seconds }],
  }
  return {
    heading: 'How it was measured',
    text: `Samples were ${streamed ? 'read from the file block by block' : 'held in memory'}; eigenvalues are by ${eigenSolver}. It took ${seconds.toFixed(1)} s.`,
    blocks: [
      {
        kind: 'details',
        summary: 'What took how long',
        blocks: [{ kind: 'table', table, caption: 'Wall time, in the order it was spent.' }],
      },
    ],
  }
}

function tableSection(diagnosis: Diagnosis): Section {
  const skipped = skippedLines(diagnosis)
  return {
    heading: 'What each preconditioner buys',
    blocks: [
      { kind: 'table', table: preconditionerTable(diagnosis), caption: preconditionerCaption(diagnosis) },
      ...skipped.map((line) => ({ kind: 'text' as const, text: `Not measured: ${line}.` })),
    ],
  }
}

/** The page as one HTML document that needs nothing else. */
export function diagnosisHtml({ source, diagnosis, facts }: DiagnosisReport): string {
  const { samples, dimension, classes, caveats, recommendation, delta } = diagnosis
  return reportHtml({
    title: `Diagnosis: ${source}`,
    subtitle: `${formatInteger(samples)} samples in ${formatInteger(dimension)} dimensions${classes ? `, ${formatInteger(classes.length)} classes` : ''}`,
    summary: recommendation,
    sections: [
      ...(caveats.length > 0
        ? [{ heading: 'What the numbers do not say', text: caveats.join('\n\n'), blocks: [] }]
        : []),
      tableSection(diagnosis),
      pathSection(diagnosis),
      spectrumSection(diagnosis),
      ...(classes && classes.length > 0 ? [classSection(classes, delta)] : []),
      timeSection(diagnosis),
    ],
    facts,
  })
}

/** Writes the page to `path`. @throws WhitewaterError (failure) when it cannot be written */
export const writeDiagnosisReport = (path: string, report: DiagnosisReport): Promise<void> =>
  writeFileAtomic(path, diagnosisHtml(report))
