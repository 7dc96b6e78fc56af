// What a row has reached when the baseline is done, and when it is as good as the baseline in the end: time counts the preconditioner's
// own.
import { spreadOf, type Spread } from '../shared/observe.ts'
import { reachedAt, valueAt, type CurvePoint } from './curve.ts'
import { final, lastOf, over, secondsAt, totalSeconds, type Entry, type Run } from './entries.ts'
import type { Look, MnistResult } from './result.ts'

export interface EqualTime {
  /** FID at the time in which the baseline is done; undefined for a row that had not been looked at by then. */
  readonly frechet?: Spread
  /** Seconds until the baseline's final FID; undefined for a row that never reaches it. */
  readonly seconds?: number
  readonly epochs?: number
}

/** Epochs that the row's field is trained for. */
export const epochsOf = ({ runs: [{ result }] }: Entry): number => lastOf(result).epoch

type Axis = (result: MnistResult, look: Look) => number

const curveOf = ({ result }: Run, x: Axis): CurvePoint[] =>
  result.looks.map((look) => ({ x: x(result, look), y: look.frechet }))

/** Mean over seeds, look by look. */
const meanCurve = ({ runs }: Entry, x: Axis): CurvePoint[] =>
  runs[0].result.looks.map((_, at) => {
    const points = runs.map((run) => curveOf(run, x)[at])
    return {
      x: spreadOf(points.map((point) => point.x)).mean,
      y: spreadOf(points.map((point) => point.y)).mean,
    }
  })

export function equalTime(entry: Entry, baseline: Entry): EqualTime {
  const budget = over(baseline, totalSeconds).mean
  const end = final(baseline, 'frechet')
  if (entry === baseline) return { frechet: end, seconds: budget, epochs: epochsOf(baseline) }
  const values = entry.runs.map((run) => valueAt(curveOf(run, secondsAt), budget))
  const known = values.filter((value) => value !== undefined)
  return {
    frechet: known.length === values.length ? spreadOf(known) : undefined,
    seconds: reachedAt(meanCurve(entry, secondsAt), end.mean),
    epochs: reachedAt(
      meanCurve(entry, (_, { epoch }) => epoch),
      end.mean,
    ),
  }
}
