// What Table 1 says, in words made from the numbers, whichever way they fall.
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Spread } from '../shared/observe.ts'
import { largestKappa } from '../../metrics/path-kappa.ts'
import { verdictOn, type Verdict } from '../shared/verdict.ts'
import { epochsOf, equalTime } from './equal-time.ts'
import { baselineOf, entryNamed, final, over, totalSeconds, type Entry } from './entries.ts'
import type { Prepared } from './result.ts'
import { paperRatio, ratioSaid } from './table.ts'

const number = (value: number): string => formatNumber(value, 3)

export const epochsSaid = (value: number): string =>
  Number.isInteger(value) ? formatInteger(value) : formatNumber(value, 2)

const spreadSaid = ({ mean, deviation, count }: Spread): string =>
  count > 1 ? `${number(mean)} ± ${formatNumber(deviation, 2)}` : number(mean)

interface Compared {
  readonly said: string
  readonly verdict: Verdict
  /** Whether one of the two has a single seed, which tells nothing from chance. */
  readonly once: boolean
}

const comparedTo = (own: Spread, base: Spread, said: string): Compared => ({
  said,
  verdict: verdictOn(own, base),
  once: own.count < 2 || base.count < 2,
})

const headings: Readonly<Record<Verdict, readonly [seeded: string, once: string]>> = {
  lower: ['Lower by more than seeds differ', 'lower'],
  higher: ['Higher by more than seeds differ', 'higher'],
  same: ['Not told apart', 'equal'],
}

/** "HEADING: this, that. OTHER: these."; only what there is. */
function listed(compared: readonly Compared[], heading: (verdict: Verdict) => string, end: string): string {
  const groups = (['lower', 'higher', 'same'] as const).flatMap((verdict) => {
    const own = compared.filter((one) => one.verdict === verdict)
    return own.length === 0 ? [] : [`${heading(verdict)}: ${own.map(({ said }) => said).join(', ')}`]
  })
  return groups.join(end)
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Rows by verdict, those with a single seed apart. */
function sorted(compared: readonly Compared[]): string {
  const [several, single] = [false, true].map((once) => compared.filter((one) => one.once === once))
  if (several.length === 0) return `${listed(single, (verdict) => capital(headings[verdict][1]), '. ')}.`
  const told = `${listed(several, (verdict) => headings[verdict][0], '. ')}.`
  const rest = listed(single, (verdict) => headings[verdict][1], '; ')
  return single.length === 0 ? told : `${told} With one seed, which tells nothing from chance: ${rest}.`
}

/** Whether any row can be told from chance. */
const seeded = (entries: readonly Entry[]): boolean => entries.some(({ runs }) => runs.length > 1)

const chance = (entries: readonly Entry[]): string =>
  seeded(entries)
    ? ''
    : ' With one seed, what is chance cannot be told: a second seed may turn any of this around.'

function equalSteps(
  entries: readonly Entry[],
  baseline: Entry,
  { score, name }: { readonly score: 'frechet' | 'mmd'; readonly name: string },
): string {
  const base = final(baseline, score)
  const compared = others(entries, baseline).map((entry): Compared => {
    const own = final(entry, score)
    const paper = paperRatio(entry.row, score)
    const beside = paper === undefined ? '' : `; paper ${ratioSaid(paper)}`
    // an unbiased estimate at its floor can be negative, and then its ratio says nothing
    const ratio = base.mean > 0 && own.mean > 0 ? ratioSaid(own.mean / base.mean) : 'at the floor'
    return comparedTo(own, base, `${entry.row.name} ${number(own.mean)} (${ratio}${beside})`)
  })
  return `${name} after ${epochsSaid(epochsOf(baseline))} epochs of every row, in brackets what that is of none's: none ${spreadSaid(base)}. ${sorted(compared)}`
}

const others = (entries: readonly Entry[], baseline: Entry): Entry[] =>
  entries.filter((entry) => entry !== baseline)

function atEqualTime(entries: readonly Entry[], baseline: Entry): string {
  const budget = over(baseline, totalSeconds).mean
  const base = final(baseline, 'frechet')
  const late: string[] = []
  const compared = others(entries, baseline).flatMap((entry): Compared[] => {
    const { frechet } = equalTime(entry, baseline)
    if (!frechet) {
      late.push(entry.row.name)
      return []
    }
    const said = `${entry.row.name} ${number(frechet.mean)} (${ratioSaid(frechet.mean / base.mean)})`
    return [comparedTo(frechet, base, said)]
  })
  const missing = late.length === 0 ? '' : ` Not yet at a first look by then: ${late.join(', ')}.`
  return `FID when none is done, after ${number(budget)} s of processor time, a preconditioner's own included, in brackets what that is of none's. ${sorted(compared)}${missing}`
}

function untilBaseline(entries: readonly Entry[], baseline: Entry): string {
  const budget = over(baseline, totalSeconds).mean
  const never: string[] = []
  const reached = others(entries, baseline).flatMap((entry) => {
    const { seconds, epochs } = equalTime(entry, baseline)
    if (seconds === undefined || epochs === undefined) {
      never.push(`${entry.row.name} (${ratioSaid(over(entry, totalSeconds).mean / budget)} of it in all)`)
      return []
    }
    return [`${entry.row.name} after ${ratioSaid(seconds / budget)} and ${epochsSaid(epochs)} epochs`]
  })
  const parts = [
    ...(reached.length > 0 ? [`is reached by ${reached.join(', ')}`] : []),
    ...(never.length > 0 ? [`is never reached by ${never.join(', ')}`] : []),
  ]
  return `What none has in the end, FID ${number(final(baseline, 'frechet').mean)}, in parts of none's time: it ${parts.join('; it ')}.`
}

/** Whether a preconditioner's weights are better spent in a larger field. */
function againstMatched(entries: readonly Entry[]): string[] {
  const matched = entryNamed(entries, 'none-matched')
  const fitted = entries.filter(
    ({ row }) =>
      (row.precondition === 'real-nvp' || row.precondition === 'flow') && row.residual === undefined,
  )
  if (!matched || fitted.length === 0) return []
  const base = final(matched, 'frechet')
  const compared = fitted.map((entry): Compared => {
    const own = final(entry, 'frechet')
    const said = `${entry.row.name} (${ratioSaid(own.mean / base.mean)} of it)`
    return comparedTo(own, base, said)
  })
  return [
    `Against the same number of weights in the field alone (none-matched, FID ${spreadSaid(base)}): ${sorted(compared)}`,
  ]
}

/** Rows that draw nearer to the data and leave more of it out. */
function trades(entries: readonly Entry[], baseline: Entry): string[] {
  const said = others(entries, baseline).flatMap((entry) => {
    const [precision, recall] = (['precision', 'recall'] as const).map((measure) => {
      const own = final(entry, measure)
      const base = final(baseline, measure)
      return { verdict: verdictOn(own, base), change: own.mean - base.mean }
    })
    const traded = precision.verdict === 'higher' && recall.verdict === 'lower'
    return traded
      ? [`${entry.row.name} (+${precision.change.toFixed(3)}, −${(-recall.change).toFixed(3)})`]
      : []
  })
  return said.length === 0 ? [] : [`More precision than none for less recall: ${said.join(', ')}.`]
}

/** Whether the evenest path is also the best one, among rows that differ by their preconditioner alone. */
function evenness(entries: readonly Entry[]): string[] {
  const plain = entries.filter(({ row }) => !row.matched && row.residual === undefined)
  if (plain.length < 2) return []
  const least = (of: (entry: Entry) => number) =>
    plain.reduce((best, one) => (of(one) < of(best) ? one : best))
  const kappaOf = (entry: Entry) => over(entry, ({ kappa }) => largestKappa(kappa)).mean
  const even = least(kappaOf)
  const best = least((entry) => final(entry, 'frechet').mean)
  const list = plain.map((entry) => `${entry.row.name} ${number(kappaOf(entry))}`).join(', ')
  const verdict =
    even === best
      ? `The evenest path, that of ${even.row.name}, also has the lowest FID of these rows.`
      : `The evenest path is that of ${even.row.name}; the lowest FID of these rows that of ${best.row.name}: an even covariance is not all there is.`
  return [`Largest κ along the path: ${list}. ${verdict}`]
}

function floors({ floor, extractor, images }: Prepared): string {
  const own =
    extractor.name === 'inception'
      ? ''
      : ` Features are those of the classifier '${extractor.name}', not of Inception: beside the paper's numbers, only ratios can be set.`
  const [real, back] = [floor.real, floor.reconstructed].map(({ frechet }) => number(frechet))
  return `What no row can be expected to pass: real training images have FID ${real} to the ${formatInteger(images.test)} held-out ones, and ${back} as the autoencoder gives them back.${own}`
}

export function summaryOf(entries: readonly Entry[], prepared: Prepared): string {
  const baseline = baselineOf(entries)
  if (!baseline) {
    const list = entries.map((entry) => `${entry.row.name} ${spreadSaid(final(entry, 'frechet'))}`).join(', ')
    return `The row none was left out, so there is nothing to compare with. FID: ${list}.\n\n${floors(prepared)}`
  }
  if (entries.length === 1)
    return `FID of none: ${spreadSaid(final(baseline, 'frechet'))}.\n\n${floors(prepared)}`
  return [
    equalSteps(entries, baseline, { score: 'frechet', name: 'FID' }) + chance(entries),
    equalSteps(entries, baseline, { score: 'mmd', name: 'MMD²' }),
    `${atEqualTime(entries, baseline)} ${untilBaseline(entries, baseline)}`,
    ...againstMatched(entries),
    ...trades(entries, baseline),
    ...evenness(entries),
    floors(prepared),
  ].join('\n\n')
}
