// No preconditioning: the baseline every other map is measured against.
import type { FittedPreconditioner, Preconditioner } from './preconditioner.ts'
import { checkFeatures } from './preconditioner.ts'

export function fittedIdentity(features: readonly number[]): FittedPreconditioner {
  const same: FittedPreconditioner['transform'] = (x) => {
    checkFeatures({ kind: 'none', features }, x)
    return Promise.resolve(x)
  }
  return {
    kind: 'none',
    options: {},
    features,
    transform: same,
    invert: same,
    logDet: (x) => Promise.resolve(new Float64Array(x.shape[0])),
    covarianceAfter: (sigma) => Promise.resolve(sigma),
    describe: () => ({}),
    tensors: new Map(),
    dispose: () => Promise.resolve(),
  }
}

/** P(x) = x. */
export const identity = (): Preconditioner => ({
  kind: 'none',
  options: {},
  fit: ({ samples }) => Promise.resolve(fittedIdentity(samples.shape.slice(1))),
  fitMoments: ({ features }) => Promise.resolve(fittedIdentity(features)),
})
