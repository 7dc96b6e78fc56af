// A diagnosis for a terminal: a chart of log kappa along the path, a table, and the recommendation.
import { EPSILON, type Diagnosis } from '../metrics/diagnose.ts'
import { DEFAULT_DELTA } from '../metrics/conditioning.ts'
import { formatInteger, formatNumber } from '../report/number.ts'
import { textTable } from '../report/table.ts'
import { textChart } from './text-chart.ts'

/** Times that the table shows; the JSON has all. */
const SHOWN = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 1]

function spectrumLine(spectrum: readonly number[]): string {
  const [largest, smallest] = [spectrum[0], spectrum[spectrum.length - 1]]
  return `covariance eigenvalues from ${formatNumber(largest, 3)} down to ${formatNumber(smallest, 3)}`
}

export function diagnosisText(
  source: string,
  { samples, dimension, spectrum, path, recommendation }: Diagnosis,
): string {
  const kinds = Object.keys(path[0].preconditioned)
  const chart = textChart([
    { name: 'data', values: path.map(({ kappa }) => Math.log10(kappa)) },
    ...kinds.map((name) => ({
      name,
      values: path.map(({ preconditioned }) => Math.log10(preconditioned[name].kappa)),
    })),
  ])
  const table = textTable({
    columns: [
      { key: 't', label: 't', format: (t) => t.toFixed(2) },
      { key: 'data', label: 'kappa' },
      ...kinds.map((name) => ({ key: name, label: name })),
      { key: 'iterations', label: 'iterations', format: formatInteger },
      ...kinds.map((name) => ({ key: `${name} iterations`, label: name, format: formatInteger })),
    ],
    rows: path
      .filter(({ t }) => SHOWN.includes(t))
      .map(({ t, kappa, gdIterations, preconditioned }) => ({
        t,
        data: kappa,
        iterations: Math.ceil(gdIterations),
        ...Object.fromEntries(
          kinds.flatMap((name) => [
            [name, preconditioned[name].kappa],
            [`${name} iterations`, Math.ceil(preconditioned[name].gdIterations)],
          ]),
        ),
      })),
  })
  return [
    `${source}: ${formatInteger(samples)} samples, ${formatInteger(dimension)} dimensions, ${spectrumLine(spectrum)}`,
    `\nlog10 kappa(S_t) from noise (t = 0) to data (t = 1), S_t + ${DEFAULT_DELTA} I`,
    chart,
    `\nkappa, and gradient-descent iterations to shrink the error to ${EPSILON} (Eq. 17)`,
    table,
    `\n${recommendation}`,
  ].join('\n')
}
