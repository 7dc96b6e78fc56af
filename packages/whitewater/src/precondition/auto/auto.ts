// Fits candidates to one part of the data, measures them on the rest, and fits the best to all of it.
import { sizeOf } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset } from '../../data/dataset.ts'
import { randomSubset, split } from '../../data/subset.ts'
import { failureError, WhitewaterError } from '../../errors.ts'
import { choose, MOST_ROUND_TRIP_ERROR, type Measured, type Skipped } from './choose.ts'
import { measureOn } from './measure.ts'
import { kindOf, type Kind } from '../kind.ts'
import { momentsOf, type DataMoments } from '../linear/moments.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner, Settings } from '../preconditioner.ts'

export interface AutoOptions {
  /** Names to choose among, simplest first, separated by commas; every closed-form kind that is affordable unless given. */
  readonly candidates?: string
  /** Also tries the kinds that are trained; false unless given. */
  readonly trained?: boolean
  /** Samples that candidates are compared on, fitted and held-out ones together; unless given, 2000 and ten a dimension. */
  readonly samples?: number
}

/** Numbers of a map beyond which a candidate that nobody asked for by name is not tried: a quarter of a minute each. */
const MOST_NUMBERS = 2 ** 24

/** At most this share, and this many, are held out. */
const HELD_OUT_SHARE = 0.3
const MOST_HELD_OUT = 2048

interface Trial {
  readonly data: Dataset
  readonly held: Dataset
  readonly moments: () => Promise<DataMoments>
  /** Whether candidates were asked for by name: then none is too large. */
  readonly named: boolean
  readonly options: FitOptions
}

function reasonAgainst(one: Preconditioner, { data, named }: Trial): string | undefined {
  const d = sizeOf(data.samples.shape.slice(1))
  if (one.needsLabels && !data.labels) return 'needs labels'
  const numbers = one.mapSize?.(d, data.classes ?? 1) ?? 2 * d ** 2
  return !named && numbers > MOST_NUMBERS ? 'too large to be tried unless it is named' : undefined
}

async function tried(one: Preconditioner, trial: Trial): Promise<Measured | Skipped> {
  const { kind } = one
  const reason = reasonAgainst(one, trial)
  if (reason !== undefined) return { kind, reason }
  let fitted: FittedPreconditioner | undefined
  try {
    fitted = await (one.fitMoments
      ? one.fitMoments(await trial.moments(), trial.options)
      : one.fit(trial.data, trial.options))
    return { kind, ...(await measureOn(fitted, trial.data, trial.held)) }
  } catch (error) {
    if (!(error instanceof WhitewaterError)) throw error
    return { kind, reason: error.message }
  } finally {
    await fitted?.dispose()
  }
}

function trialOf(data: Dataset, { samples, candidates }: AutoOptions, options: FitOptions): Trial {
  const { engine, seed = 0 } = options
  const [count, ...features] = data.samples.shape
  const wanted = Math.min(count, samples ?? 2000 + MOST_HELD_OUT + 10 * sizeOf(features))
  const part = randomSubset(data, wanted, seed)
  const [held, fitted] = split(part, Math.min(HELD_OUT_SHARE, MOST_HELD_OUT / wanted), seed)
  let moments: Promise<DataMoments> | undefined
  return {
    data: fitted,
    held,
    options,
    moments: () => (moments ??= momentsOf(fitted, engine)),
    named: candidates !== undefined,
  }
}

/** The chosen map, with the reasons in its description. */
function explained(fitted: FittedPreconditioner, reasons: Settings): FittedPreconditioner {
  const description = { ...fitted.describe(), ...reasons }
  return { ...fitted, describe: () => description }
}

/**
 * Chooses among preconditioners. Each is fitted to a part of the data and measured on held-out samples by their mean log-likelihood
 * under the law that P maps to N(0, I): up to the data's entropy, which no P changes, that is the Kullback-Leibler divergence between
 * P(data) and the flow's reference, whatever the shape of P, and within each class where P knows classes. Largest kappa along the path and
 * round trip are measured beside it: a map that does not come back is out, and of maps that cannot be told apart the simplest even
 * one is taken. It is then fitted to all data, and is what comes back and is saved: `chosen`, `because` and a line a candidate
 * (`tried KIND`) are in its description. The likelihood says what is left for the flow to do; it is not the quality of samples.
 * Cost: every candidate's fit and one pass of the held-out samples.
 * @param among the candidates, simplest first
 * @throws WhitewaterError (failure), from the fit, where none of them can be chosen
 */
export function autoPreconditioner(
  among: readonly Preconditioner[],
  options: AutoOptions = {},
): Preconditioner {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return {
    kind: 'auto',
    options: given,
    async fit(data, fitOptions = {}) {
      const trial = trialOf(data, options, fitOptions)
      const results: (Measured | Skipped)[] = []
      for (const one of among) {
        fitOptions.signal?.throwIfAborted()
        results.push(await tried(one, trial))
      }
      const choice = choose(results, sizeOf(data.samples.shape.slice(1)))
      const winner = among.find(({ kind }) => kind === choice?.kind)
      if (!choice || !winner) {
        const all = results.map(
          (one) => `${one.kind}: ${'reason' in one ? one.reason : 'cannot be compared'}`,
        )
        throw failureError(
          `auto: none of ${among.length} candidates can be fitted to ${data.name} and comes back within ${MOST_ROUND_TRIP_ERROR} (${all.join('; ')})`,
        )
      }
      return explained(await winner.fit(data, fitOptions), {
        chosen: choice.kind,
        because: choice.because,
        ...Object.fromEntries(choice.candidates.map(({ kind, line }) => [`tried ${kind}`, line])),
        heldOut: trial.held.samples.shape[0],
      })
    },
  }
}

/** @param candidatesFor what to choose among, simplest first */
export const autoKind = (candidatesFor: (options: AutoOptions) => readonly Preconditioner[]): Kind =>
  kindOf({
    name: 'auto',
    about:
      'fits the others to a part of the data, compares them on the rest, and takes the likeliest; says why',
    options: {
      candidates: z
        .string()
        .optional()
        .describe(
          'kinds to choose among, simplest first: none, zca, class-zca; the closed-form ones unless given',
        ),
      trained: z.boolean().optional().describe('also tries the kinds that are trained; false unless given'),
      samples: z.int().min(16).optional().describe('samples that candidates are compared on'),
    },
    make: (options) => autoPreconditioner(candidatesFor(options), options),
    restore: () => {
      throw failureError('auto is saved as the kind that it chose: the folder is damaged, fit again')
    },
  })
