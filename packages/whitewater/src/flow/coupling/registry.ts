// The couplings by name.
import { unknownName, usageError } from '../../errors.ts'
import type { Coupling } from './coupling.ts'
import { optimalTransport } from './optimal-transport.ts'
import { sinkhorn, type SinkhornOptions } from './sinkhorn.ts'

/** Every sample with its own noise: the coupling of Eq. 1, whose pairs cost nothing. */
export const independent: Coupling = {
  name: 'independent',
  pair: (_x0, _x1, { n }) => Int32Array.from({ length: n }, (_, i) => i),
}

/** The kind of a coupling and its options. */
export interface CouplingSettings extends SinkhornOptions {
  readonly kind: string
}

interface Kind {
  /** Options that it takes. */
  readonly takes: readonly string[]
  readonly make: (options: SinkhornOptions) => Coupling
}

const kinds: Readonly<Record<string, Kind>> = {
  independent: { takes: [], make: () => independent },
  'optimal-transport': { takes: [], make: () => optimalTransport },
  sinkhorn: { takes: ['epsilon', 'iterations', 'tolerance'], make: sinkhorn },
}

export const couplingKinds: readonly string[] = Object.keys(kinds)

/**
 * A coupling by its kind: `couplingNamed({ kind: 'sinkhorn', epsilon: 0.1 })`.
 * @throws WhitewaterError (usage) for a kind, or an option of it, that there is not
 */
export function couplingNamed({ kind, ...options }: CouplingSettings): Coupling {
  if (!couplingKinds.includes(kind)) throw unknownName('coupling', kind, couplingKinds)
  const { takes, make } = kinds[kind]
  const extra = Object.keys(options).find((key) => !takes.includes(key))
  if (extra !== undefined) {
    throw takes.length > 0
      ? unknownName(`option of ${kind}`, extra, takes)
      : usageError(`the ${kind} coupling takes no options, got ${extra}: leave it out`)
  }
  return make(options)
}
