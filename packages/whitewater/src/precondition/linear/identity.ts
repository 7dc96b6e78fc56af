// No preconditioning: the baseline every other map is measured against.
import { expand, scalar, reshape, type Tensor } from '@whitewater/tensor'
import { kindOf } from '../kind.ts'
import { checkFeatures, type FittedPreconditioner, type Preconditioner } from '../preconditioner.ts'

const zeros = (x: Tensor): Tensor => expand(reshape(scalar(0), [1]), [x.shape[0]])

export function fittedIdentity(features: readonly number[]): FittedPreconditioner {
  const same: FittedPreconditioner['transform'] = (x) => {
    checkFeatures({ kind: 'none', features }, x)
    return Promise.resolve(x)
  }
  return {
    kind: 'none',
    options: {},
    features,
    graph: { forward: (x) => x, inverse: (z) => z, logDet: zeros },
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
  mapSize: () => 0,
  fit: ({ samples }) => Promise.resolve(fittedIdentity(samples.shape.slice(1))),
  fitMoments: ({ features }) => Promise.resolve(fittedIdentity(features)),
})

export const identityKind = kindOf({
  name: 'none',
  about: 'no preconditioning: the baseline',
  options: {},
  make: identity,
  restore: ({ features }) => fittedIdentity(features),
})
