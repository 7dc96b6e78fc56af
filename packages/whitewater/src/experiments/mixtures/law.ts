// The exact mixture that a run of the experiment is about.
import { mixtureParameters } from '../../data/toy/mixture.ts'
import { mixtureOf, type Mixture } from '../../theory/mixture.ts'
import type { Cell } from '../runner/experiment.ts'
import type { MixtureSettings } from './settings.ts'

/**
 * The exact mixture of a cell. Means and axes depend on the number of components and the seed alone, so that component k is that of
 * the mixture whose components all have its condition number.
 */
export function mixtureFor({ seed, settings: { conditionNumbers: kappas } }: Cell<MixtureSettings>): Mixture {
  const parts = kappas.map((conditionNumber) =>
    mixtureParameters({ components: kappas.length, conditionNumber, seed }),
  )
  return mixtureOf({ ...parts[0], covariances: parts.map(({ covariances }, k) => covariances[k]) })
}
