// The paths: their ends, their derivatives against differences and the engine's gradient, and float32 at both ends.
import {
  add,
  constant,
  evaluate,
  gradient,
  mul,
  sub,
  sum,
  type Operand,
  type Tensor,
} from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { linearPath, pathDeterminant, type Path } from './path.ts'
import { cosinePath, pathKinds, pathNamed, polynomialPath, vpPath } from './paths.ts'

const paths = [
  linearPath,
  cosinePath,
  vpPath(),
  vpPath({ betaMin: 1, betaMax: 5 }),
  polynomialPath(),
  polynomialPath({ power: 1 }),
]

const doubles = (...t: number[]) => constant(Float64Array.from(t))
const singles = (...t: number[]) => constant(Float32Array.from(t))

/** The values of functions of t [n]. */
async function valuesOf(functions: Record<string, Operand>, t: Tensor): Promise<Record<string, number[]>> {
  const full = Object.entries(functions).map(([name, value]) => [name, add(mul(t, 0), value)] as const)
  const results = await evaluate(Object.fromEntries(full))
  return Object.fromEntries(Object.entries(results).map(([name, data]) => [name, Array.from(data, Number)]))
}

const partsOf = (path: Path, t: Tensor) => ({
  alpha: path.alpha(t),
  sigma: path.sigma(t),
  alphaRate: path.alphaRate(t),
  sigmaRate: path.sigmaRate(t),
  determinant: pathDeterminant(path, t),
})

describe.each(paths)('$name', (path) => {
  test('runs from noise to data, and every value is finite on the whole of [0, 1]', async () => {
    for (const t of [doubles(0, 1), singles(0, 1)]) {
      const { alpha, sigma, ...rest } = await valuesOf(partsOf(path, t), t)
      // The vp path stands still just before the data, where the rate of its sigma has no bound.
      const [noiseLeft, dataMissing] = path.name.startsWith('vp') ? [1.2e-3, 1e-6] : [1e-7, 1e-7]
      expect(Math.abs(alpha[0])).toBeLessThan(1e-7)
      expect(Math.abs(1 - alpha[1])).toBeLessThan(dataMissing)
      expect(Math.abs(1 - sigma[0])).toBeLessThan(2e-7)
      expect(Math.abs(sigma[1])).toBeLessThan(noiseLeft)
      expect(Object.values(rest).flat().every(Number.isFinite)).toBe(true)
    }
  })

  test('rates are derivatives: central differences and the engine agree', async () => {
    const at = [0.001, 0.2, 0.5, 0.8, 0.999]
    const t = doubles(...at)
    const step = 1e-6
    const slope = (f: (t: Tensor) => Operand) =>
      mul(sub(add(f(add(t, step)), mul(t, 0)), f(sub(t, step))), 1 / (2 * step))
    const derivative = (f: (t: Tensor) => Operand) => gradient(sum(add(mul(t, 0), f(t))), [t])[0]
    const values = await valuesOf(
      {
        ...partsOf(path, t),
        alphaSlope: slope(path.alpha),
        sigmaSlope: slope(path.sigma),
        alphaGradient: derivative(path.alpha),
        sigmaGradient: derivative(path.sigma),
      },
      t,
    )
    at.forEach((_, i) => {
      expect(values.alphaRate[i]).toBeCloseTo(values.alphaSlope[i], 5)
      expect(values.sigmaRate[i]).toBeCloseTo(values.sigmaSlope[i], 5)
      expect(values.alphaRate[i]).toBeCloseTo(values.alphaGradient[i], 11)
      expect(values.sigmaRate[i]).toBeCloseTo(values.sigmaGradient[i], 11)
    })
  })

  test('the signal grows on the noise all the way', async () => {
    const t = doubles(...Array.from({ length: 99 }, (_, i) => (i + 1) / 100))
    const { alpha, sigma, determinant } = await valuesOf(partsOf(path, t), t)
    determinant.forEach((value) => expect(value).toBeGreaterThan(0))
    const ratio = alpha.map((value, i) => value / sigma[i])
    ratio.slice(1).forEach((value, i) => expect(value).toBeGreaterThan(ratio[i]))
  })

  // 1 - t^p is the least exact: 2^-24 of 1 beside 2^-12.
  test('float32 keeps relative precision near both ends', async () => {
    const at = [2 ** -13, 0.25, 0.75, 1 - 2 ** -13]
    const wide = doubles(...at)
    const narrow = singles(...at)
    const exact = await valuesOf(partsOf(path, wide), wide)
    const rounded = await valuesOf(partsOf(path, narrow), narrow)
    for (const [name, values] of Object.entries(exact))
      values.forEach((value, i) => expect(Math.abs(rounded[name][i] / value - 1)).toBeLessThan(3e-4))
  })
})

test('cosine and vp keep unit variance; the vp signal is the diffusion coefficient of Song et al., shifted to start at 0', async () => {
  const at = [0, 0.3, 0.7, 0.99]
  const t = doubles(...at)
  for (const path of [cosinePath, vpPath()]) {
    const { alpha, sigma } = await valuesOf(partsOf(path, t), t)
    alpha.forEach((value, i) => expect(value ** 2 + sigma[i] ** 2).toBeCloseTo(1, 14))
  }
  const { alpha } = await valuesOf(partsOf(vpPath(), t), t)
  const theirs = (s: number) => Math.exp(-0.25 * s ** 2 * 19.9 - 0.5 * s * 0.1)
  at.forEach((time, i) => expect(alpha[i]).toBeCloseTo((theirs(1 - time) - theirs(1)) / (1 - theirs(1)), 14))
})

test('polynomial with power 1 is the linear path', async () => {
  const t = doubles(0, 0.3, 1)
  const a = await valuesOf(partsOf(polynomialPath({ power: 1 }), t), t)
  const b = await valuesOf(partsOf(linearPath, t), t)
  expect(a).toEqual(b)
})

test('paths by name', () => {
  expect(pathKinds).toEqual(['linear', 'cosine', 'vp', 'polynomial'])
  expect(pathNamed({ kind: 'linear' })).toBe(linearPath)
  expect(pathNamed({ kind: 'vp', betaMax: 10 }).name).toBe('vp(0.1, 10)')
  expect(() => pathNamed({ kind: 'lienar' })).toThrow("unknown path 'lienar': did you mean 'linear'?")
  expect(() => pathNamed({ kind: 'vp', betaMaxx: 10 })).toThrow(
    "unknown option of vp 'betaMaxx': did you mean 'betaMax'?",
  )
  expect(() => pathNamed({ kind: 'linear', power: 2 })).toThrow('the linear path takes no options, got power')
  expect(() => pathNamed({ kind: 'polynomial', power: 0.5 })).toThrow('polynomial: power is 0.5')
  expect(() => polynomialPath({ power: 0.5 })).toThrow('has power 0.5')
  expect(() => vpPath({ betaMin: 2, betaMax: 1 })).toThrow('expected 0 < betaMin <= betaMax')
})
