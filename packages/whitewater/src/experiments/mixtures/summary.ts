// What the mixtures experiment found, in words made from the numbers: in how many configurations whitening helps, and where it does not,
// why.
import { formatNumber } from '../../format-number.ts'
import { slowestMode } from '../../theory/mixture.ts'
import { mixtureFor } from './law.ts'
import { lowEigenvalueErrors } from './measures.ts'
import {
  irreducibleLoss,
  kappaOf,
  overSeeds,
  type Configuration,
  type Configurations,
  type Kind,
  type Score,
} from './scores.ts'
import { groupBy, spreadOf } from '../shared/observe.ts'

export const number = (value: number): string => formatNumber(value, 3)

type Verdict = 'lower' | 'higher' | 'floor'

/** Whether `kind` is lower than none; at the floor, differences say nothing. */
function verdict(configuration: Configuration, kind: Kind, score: Score): Verdict {
  const [none, own] = (['none', kind] as const).map((one) => configuration.score(one, score).mean)
  const floor = configuration.floor[score]
  if (none <= floor && own <= floor) return 'floor'
  return own < none ? 'lower' : 'higher'
}

const nameOf = ({ components, conditionNumber }: Configuration): string =>
  `${components} x ${formatNumber(conditionNumber, 1)}`

/** "3 x 10, 3 x 100; 5 components at every κ". */
function listOf(some: readonly Configuration[], all: readonly Configuration[]): string {
  const ofCount = (list: readonly Configuration[], count: number) =>
    list.filter(({ components }) => components === count)
  return [...groupBy(some, ({ components }) => components)]
    .map(([count, group]) =>
      group.length > 1 && group.length === ofCount(all, count).length
        ? `${count} components at every κ`
        : group.map(nameOf).join(', '),
    )
    .join(', ')
}

/** "is lower in 14 of 16", and every one where it is not, with what it was. */
function sentence(all: readonly Configuration[], score: Score, name: string): string {
  const by = (wanted: Verdict) => all.filter((one) => verdict(one, 'class-zca', score) === wanted)
  const higher = by('higher')
  const floor = by('floor')
  const reasons = [
    ...(higher.length > 0
      ? [
          `It is not in ${higher.map((one) => `${nameOf(one)} (${number(one.score('class-zca', score).mean)} against ${number(one.score('none', score).mean)}; fresh data up to ${number(one.floor[score])})`).join(', ')}.`,
        ]
      : []),
    ...(floor.length > 0
      ? [
          `For ${listOf(floor, all)} neither can be told from fresh data: both are below the largest of ${floor[0].floorPairs} pairs of independent sets of it (${range(floor.map((one) => one.floor[score]))}).`,
        ]
      : []),
  ]
  return `${name} is lower in ${by('lower').length} of ${all.length}. ${reasons.join(' ')}`.trim()
}

function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(number)
  return low === high ? low : `${low} to ${high}`
}

function whyMmdIsBlind(all: readonly Configuration[]): string {
  const blind = all.filter((one) => verdict(one, 'class-zca', 'mmd') === 'floor')
  if (blind.length === 0) return ''
  const errors = blind.map((one) => one.score('none', 'lowEigenvalue').mean)
  return ` There MMD² does not see what is wrong: its kernel is as wide as the distance between components, and low-eigenvalue errors of ${range(errors)} without preconditioning leave it at zero.`
}

function oneForAll(all: readonly Configuration[]): string {
  const kappas = (kind: Kind) => all.map((one) => kappaOf(one, kind).mean)
  const ratios = kappas('zca').map((kappa, at) => kappa / kappas('none')[at])
  const count = (wanted: Verdict) =>
    all.filter((one) => verdict(one, 'zca', 'lowEigenvalue') === wanted).length
  const shrunk = all.map((one) => {
    const smallest = (kind: Kind) =>
      overSeeds(one.runs(kind), ({ spectra }) => Math.min(...spectra.flat())).mean
    return smallest('none') / smallest('zca')
  })
  return `One whitening for all (zca) does not do this: the largest κ of a component is ${range(ratios)} times what it was, because the covariance it whitens is mostly that of the means; multimodality hides the worst component (Theorem 3.9). The low-eigenvalue error is lower than without in ${count('lower')} of ${all.length} configurations and higher in ${count('higher')}: the map shrinks every component together with the distances between them, so the narrowest direction gets a variance ${range(shrunk)} times smaller against the noise that the flow starts from.`
}

/** F.2's map leaves nothing to learn for Gaussian components; a reader should know how easy that makes it. */
function caveat(all: readonly Configuration[]): string {
  const untrained = all.flatMap((one) =>
    one
      .runs('class-zca')
      .flatMap(({ result }) => result.trained?.looks.filter(({ step }) => step === 0) ?? []),
  )
  const errors = untrained.flatMap(lowEigenvalueErrors)
  const mean = errors.reduce((sum, value) => sum + value, 0) / errors.length
  return `How much of this is learned: nothing has to be. A whitened Gaussian component is the noise itself, so P⁻¹ of what the untrained network gives already has a low-eigenvalue error of ${number(mean)} on average over configurations. What is gained here is the most that whitening per class can gain: classes that are not Gaussian leave the rest to learn.`
}

function hiddenByTheLoss(all: readonly Configuration[]): string {
  const same = all.filter(({ components }) => components === all[0].components)
  const [mild, hard] = [same[0], same[same.length - 1]].map((one) => ({
    name: formatNumber(one.conditionNumber, 1),
    loss: overSeeds(one.runs('none'), ({ loss, spectra }) => loss / irreducibleLoss(spectra)).mean,
    error: one.score('none', 'lowEigenvalue').mean,
    missed: one.score('none', 'lowEigenvalue').mean / one.conditionNumber,
  }))
  return `What the loss hides (Cor. F.3.1): with ${all[0].components} components and no preconditioning, from κ ${mild.name} to ${hard.name} the loss at the end goes from ${number(mild.loss)} to ${number(hard.loss)} times its irreducible part, the low-eigenvalue error from ${number(mild.error)} to ${number(hard.error)}. In the data's units the variance is missed by ${number(mild.missed)} and ${number(hard.missed)}: what the loss weighs hardly changes, what the narrow direction needs does.`
}

/** Theorem 3.9 where it can be seen: components that differ. */
function oneHardAmongEasy(configuration: Configuration): string {
  const errors = (kind: Kind) =>
    configuration.conditionNumbers.map((_, k) => {
      const draws = configuration.runs(kind).flatMap(({ result }) => result.draws)
      return spreadOf(draws.map((draw) => lowEigenvalueErrors(draw)[k])).mean
    })
  const none = errors('none')
  const { component } = slowestMode(mixtureFor(configuration.runs('none')[0]), 1)
  const share = none[component] / none.reduce((sum, error) => sum + error, 0)
  const list = (values: readonly number[]) => values.map(number).join(', ')
  const kappas = configuration.conditionNumbers.map((kappa) => formatNumber(kappa, 1)).join(', ')
  return `One hard component among easy ones, κ ${kappas} in one mixture: the slowest mode is that of the component of κ ${formatNumber(configuration.conditionNumbers[component], 1)} (Theorem 3.9). Low-eigenvalue errors without preconditioning are ${list(none)}, and that component makes ${number(100 * share)} % of their sum; with class-zca they are ${list(errors('class-zca'))}.`
}

export function summaryOf({ equal: all, unequal }: Configurations): string {
  const lower = all.filter((one) => kappaOf(one, 'class-zca').mean < kappaOf(one, 'none').mean).length
  return [
    `Whitening each component by itself (class-zca, F.2) against no preconditioning, in ${all.length} configurations (components x κ of each). ${sentence(all, 'lowEigenvalue', 'The low-eigenvalue error')} The largest κ along the path of a component is lower in ${lower} of ${all.length}. ${sentence(all, 'mmdWhitened', 'MMD² in units where both directions of a component count the same')}`,
    `${sentence(all, 'mmd', "MMD² in the data's own units")}${whyMmdIsBlind(all)}`,
    oneForAll(all),
    ...unequal.map(oneHardAmongEasy),
    hiddenByTheLoss(all),
    caveat(all),
  ].join('\n\n')
}
