// What tells generated samples of a mixture from real ones, component by component: the variance along each component's narrow
// direction, and MMD in the data's own units and after exact whitening within each component (F.2).
import { ndarray } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset } from '../../data/dataset.ts'
import { select } from '../../data/subset.ts'
import { failureError } from '../../errors.ts'
import { lowEigenvalueRecovery } from '../../metrics/low-eigenvalue.ts'
import { medianBandwidth, mmdEstimates } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { componentWhitenings, type Mixture } from '../../theory/mixture.ts'

/** Samples [classes x perClass, d], class by class: so that sets compare without the chance of how many a class has. */
export interface Balanced {
  readonly samples: Samples
  readonly classes: number
  readonly perClass: number
}

export const labelsOf = ({ classes, perClass }: Omit<Balanced, 'samples'>): Int32Array =>
  Int32Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass))

/** `count` disjoint sets with as many samples of every class. @throws WhitewaterError (failure) when a class has too few */
export function balancedSets(data: Dataset, perClass: number, count: number): Balanced[] {
  const classes = data.classes ?? 0
  const rows = Array.from({ length: classes }, (): number[] => [])
  data.labels?.forEach((label, i) => rows[label].push(i))
  const short = rows.findIndex((indices) => indices.length < count * perClass)
  if (short >= 0) {
    throw failureError(
      `${data.name}: class ${short} has ${rows[short].length} samples, expected at least ${count * perClass}: draw more`,
    )
  }
  return Array.from({ length: count }, (_, set) => {
    const chosen = rows.flatMap((indices) => indices.slice(set * perClass, (set + 1) * perClass))
    return { samples: select({ name: data.name, samples: data.samples }, chosen).samples, classes, perClass }
  })
}

/** The samples of one class; no copy. */
export function classOf({ samples: { data, shape }, perClass }: Balanced, label: number): Samples {
  const size = perClass * shape[1]
  return ndarray(data.subarray(label * size, (label + 1) * size), [perClass, shape[1]])
}

/** First samples of each class, about `most` in all; everything where there are fewer. */
export function thinned(set: Balanced, most: number): Balanced {
  const perClass = Math.min(set.perClass, Math.floor(most / set.classes))
  const width = set.samples.shape[1]
  const parts = Array.from({ length: set.classes }, (_, label) => classOf(set, label).data)
  const data = new Float32Array(set.classes * perClass * width)
  parts.forEach((part, label) => data.set(part.subarray(0, perClass * width), label * perClass * width))
  return { samples: ndarray(data, [set.classes * perClass, width]), classes: set.classes, perClass }
}

/** x -> m_k + Sigma_k^{-1/2} (x - m_k) within each component: all means stay, all covariances become I. */
export function whitenedInPlace(set: Balanced, mixture: Mixture): Balanced {
  const whitenings = componentWhitenings(mixture)
  const width = set.samples.shape[1]
  const data = new Float32Array(set.samples.data.length)
  for (let row = 0; row < set.samples.shape[0]; row++) {
    const label = Math.floor(row / set.perClass)
    const { mean } = mixture.components[label]
    const { data: w } = whitenings[label]
    for (let i = 0; i < width; i++) {
      let sum = mean[i]
      for (let j = 0; j < width; j++) sum += w[i * width + j] * (set.samples.data[row * width + j] - mean[j])
      data[row * width + i] = sum
    }
  }
  return { ...set, samples: ndarray(data, set.samples.shape) }
}

/**
 * Unbiased MMD^2 between two mixtures of equal weights from as many samples of every component on both sides. Averages over pairs of one
 * component leave out a sample with itself, as a U-statistic does; `mmd` would take the pairs of one component for rarer than they are.
 */
export function stratifiedMmd(real: Balanced, drawn: Balanced, bandwidth: number): number {
  const { biased } = mmdEstimates(real.samples, drawn.samples, { bandwidth })
  let excess = 0
  for (let label = 0; label < real.classes; label++) {
    const own = mmdEstimates(classOf(real, label), classOf(drawn, label), { bandwidth })
    excess += (own.biased - own.unbiased) / real.classes ** 2
  }
  return biased - excess
}

export const discrepancySchema = z.object({
  /** Unbiased MMD^2, median bandwidth over all real samples. */
  mmd: z.number(),
  /** The same after exact whitening within each component; bandwidth: the median within a component. */
  mmdWhitened: z.number(),
  /** Generated over real variance of each component along the real samples' narrowest direction. */
  narrow: z.array(z.number()),
})

export type Discrepancy = z.infer<typeof discrepancySchema>

export interface Yardstick {
  /** @param most samples of each side that MMD (sliced W2) is taken over */
  measure(drawn: Balanced, most: number): Discrepancy
  slicedWasserstein(drawn: Balanced, most: number): number
}

/** Measures against one real set; bandwidths are its own, so that numbers of one configuration compare. */
export function yardstick(real: Balanced, mixture: Mixture): Yardstick {
  const even = whitenedInPlace(real, mixture)
  const halves = (set: Samples): [Samples, Samples] => [set, set]
  const bandwidth = medianBandwidth(...halves(thinned(real, 1000).samples))
  const bandwidthWhitened = medianBandwidth(...halves(classOf(thinned(even, 1000 * even.classes), 0)))
  const narrowOf = (drawn: Balanced, label: number): number => {
    const { variances, eigenvalues } = lowEigenvalueRecovery(classOf(real, label), classOf(drawn, label))
    return variances[0] / eigenvalues[0]
  }
  return {
    measure: (drawn, most) => ({
      mmd: stratifiedMmd(thinned(real, most), thinned(drawn, most), bandwidth),
      mmdWhitened: stratifiedMmd(
        thinned(even, most),
        thinned(whitenedInPlace(drawn, mixture), most),
        bandwidthWhitened,
      ),
      narrow: Array.from({ length: real.classes }, (_, label) => narrowOf(drawn, label)),
    }),
    slicedWasserstein: (drawn, most) =>
      slicedWasserstein(thinned(real, most).samples, thinned(drawn, most).samples).w2,
  }
}

/** |variance - lambda| / lambda of each component, from `narrow`: the low-eigenvalue error. */
export const lowEigenvalueErrors = ({ narrow }: Pick<Discrepancy, 'narrow'>): number[] =>
  narrow.map((ratio) => Math.abs(ratio - 1))
