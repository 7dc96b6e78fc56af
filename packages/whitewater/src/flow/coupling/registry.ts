// The couplings by name.
import { z } from 'zod'
import { madeOf, namedKind, namesOf, textsOf, type Choice } from '../../kinds/named-kind.ts'
import type { Coupling } from './coupling.ts'
import { optimalTransport } from './optimal-transport.ts'
import { sinkhorn } from './sinkhorn.ts'

/** Every sample with its own noise: the coupling of Eq. 1, whose pairs cost nothing. */
export const independent: Coupling = {
  name: 'independent',
  pair: (_x0, _x1, { n }) => Int32Array.from({ length: n }, (_, i) => i),
}

const kinds = [
  namedKind({
    name: 'independent',
    about: 'every sample with its own noise (Eq. 1)',
    options: {},
    make: () => independent,
  }),
  namedKind({
    name: 'optimal-transport',
    about: 'least transport cost in each batch: straighter flows',
    options: {},
    make: () => optimalTransport,
  }),
  namedKind({
    name: 'sinkhorn',
    about: 'drawn from the entropic plan of each batch: between the other two',
    options: {
      epsilon: z
        .number()
        .optional()
        .describe('entropy relative to the mean cost, above 0; 0.05 unless given'),
      iterations: z.number().optional().describe('most sweeps over the plan; 200 unless given'),
      tolerance: z.number().optional().describe('mean error of a column at which to stop; 1e-3 unless given'),
    },
    make: sinkhorn,
  }),
]

export const couplingKinds: readonly string[] = namesOf(kinds)
export const couplingTexts = textsOf(kinds)

/**
 * `couplingNamed({ kind: 'sinkhorn', epsilon: 0.1 })`.
 * @throws WhitewaterError (usage) for a kind or an option that there is not
 */
export const couplingNamed = (choice: Choice): Coupling => madeOf('coupling', kinds, choice)
