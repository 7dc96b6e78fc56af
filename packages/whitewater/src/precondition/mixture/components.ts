// Which component of a fitted Gaussian mixture a sample belongs to: the one of largest responsibility (Eq. 19 at t = 1), among those
// of its class where the data has classes.
import { ndarray, sizeOf, type CompileOptions, type NdArray } from '@whitewater/tensor'
import { failureError } from '../../errors.ts'
import { mixtureTerms, type GaussianMixture, type MixtureTerms } from '../../linalg/gaussian-mixture.ts'
import { matrix, type Matrix } from '../../linalg/matrix.ts'
import { rowsByClass } from '../classes/class-maps.ts'
import type { Saved } from '../kind.ts'
import { checkFeatures, type Components, type Samples } from '../preconditioner.ts'
import { checkLabels } from '../programs.ts'

/** The mixture of each class, all of as many components; one where the data has no classes. */
export interface Mixtures {
  readonly kind: string
  readonly features: readonly number[]
  readonly byClass: readonly GaussianMixture[]
  /** Whether samples are given with their class. */
  readonly conditional: boolean
}

/** The component of the largest term of each sample, the first of equals. */
function largest({ data, rows, columns }: Matrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    const terms = data.subarray(i * columns, (i + 1) * columns)
    return terms.indexOf(Math.max(...terms))
  })
}

export interface Sorter extends Components {
  dispose(): Promise<void>
}

export function sorter({ kind, features, byClass, conditional }: Mixtures, engine?: CompileOptions): Sorter {
  const d = sizeOf(features)
  const perClass = byClass[0].weights.length
  const terms = new Map<number, MixtureTerms>()
  const termsOf = (label: number): MixtureTerms => {
    const made = terms.get(label) ?? mixtureTerms(byClass[label], engine)
    terms.set(label, made)
    return made
  }
  return {
    perClass,
    async assign(x: Samples, labels?: Int32Array) {
      checkFeatures({ kind, features }, x)
      const n = x.shape[0]
      if (!conditional) return largest(await termsOf(0)({ data: x.data, n, d }))
      const given = checkLabels(kind, n, labels, byClass.length)
      const found = new Int32Array(n)
      for (const [label, rows] of rowsByClass(kind, given, byClass.length).entries()) {
        if (rows.length === 0) continue
        const data = new Float32Array(rows.length * d)
        rows.forEach((row, i) => {
          data.set(x.data.subarray(row * d, (row + 1) * d), i * d)
        })
        const own = largest(await termsOf(label)({ data, n: rows.length, d }))
        rows.forEach((row, i) => (found[row] = label * perClass + own[i]))
      }
      return found
    },
    async dispose() {
      for (const one of terms.values()) await one.dispose()
    },
  }
}

const joined = (arrays: readonly Float64Array[], shape: readonly number[]): NdArray => {
  const size = arrays[0].length
  const data = new Float64Array(arrays.length * size)
  arrays.forEach((array, at) => data.set(array, at * size))
  return ndarray(data, shape)
}

/** weights [C, K], means [C, K, d] and covariances [C, K, d, d], in float64. */
export function mixtureTensors({ byClass, features }: Mixtures): [string, NdArray][] {
  const classes = byClass.length
  const components = byClass[0].weights.length
  const d = sizeOf(features)
  const covariances = byClass.flatMap((mixture) => mixture.covariances.map(({ data }) => data))
  return [
    [
      'mixture.weights',
      joined(
        byClass.map(({ weights }) => weights),
        [classes, components],
      ),
    ],
    [
      'mixture.means',
      joined(
        byClass.map(({ means }) => means.data),
        [classes, components, d],
      ),
    ],
    ['mixture.covariances', joined(covariances, [classes, components, d, d])],
  ]
}

/** The mixtures that `mixtureTensors` saved. @throws WhitewaterError (failure) when they are not all there */
export function restoredMixtures({ kind, features, tensors, description }: Saved): Mixtures {
  const [classes, components] = tensors.get('mixture.weights')?.shape ?? [0, 0]
  const d = sizeOf(features)
  const values = (name: string, length: number): Float64Array => {
    const data = tensors.get(`mixture.${name}`)?.data
    if (length > 0 && data instanceof Float64Array && data.length === length) return data
    throw failureError(
      `saved ${kind}: tensor 'mixture.${name}' is missing or does not fit ${d} features: the folder is damaged, fit again`,
    )
  }
  const count = classes * components
  const weights = values('weights', count)
  const means = values('means', count * d)
  const covariances = values('covariances', count * d * d)
  const byClass = Array.from({ length: classes }, (_, label): GaussianMixture => {
    const first = label * components
    return {
      weights: weights.slice(first, first + components),
      means: matrix(components, d, means.slice(first * d, (first + components) * d)),
      covariances: Array.from({ length: components }, (_, k) => {
        const start = (first + k) * d * d
        return matrix(d, d, covariances.slice(start, start + d * d))
      }),
    }
  })
  return { kind, features, byClass, conditional: description.classes !== undefined }
}
