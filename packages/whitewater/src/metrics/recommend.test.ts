import { describe, expect, it } from 'vitest'
import { recommend } from './recommend.ts'

const at = (kappa: number) => ({ kappa, gdIterations: kappa })

/** A path that is harmless but at its end. */
const evidence = (
  end: number,
  preconditioned: Record<string, number>,
  spectrum = [1, 1 / end],
  samples = 1000,
) => ({
  samples,
  spectrum,
  path: [0, 1].map((t) => ({
    t,
    ...at(t === 0 ? 1 : end),
    preconditioned: Object.fromEntries(
      Object.entries(preconditioned).map(([kind, kappa]) => [kind, at(t === 0 ? 1 : kappa)]),
    ),
  })),
})

describe('recommend', () => {
  it('says when nothing is needed', () => {
    expect(recommend(evidence(3, { standardise: 2, zca: 1 }))).toMatch(
      /^You do not need preconditioning: kappa\(S_t\) reaches 3 at t = 1/,
    )
  })

  it('takes the simplest that does about as well as the best, and gives its reason', () => {
    expect(recommend(evidence(1e4, { standardise: 1.5, zca: 1 }))).toMatch(/^Use standardise: .*1\.0e4|10000/)
    expect(recommend(evidence(1e4, { standardise: 5000, zca: 1 }))).toMatch(
      /^Use zca: kappa\(S_t\) reaches 10000 at t = 1; with zca it stays at 1 or below \(standardise 5000\).*5000 times fewer/,
    )
  })

  it('tells scale from shape', () => {
    expect(recommend(evidence(1.5, { standardise: 1, zca: 1 }, [4e4, 4e4]))).toMatch(
      /only the scale needs mending/,
    )
  })

  it('admits that nothing helps, and what the data cannot tell', () => {
    expect(recommend(evidence(1e4, { standardise: 9000, zca: 8000 }))).toMatch(
      /^No preconditioner here helps/,
    )
    expect(recommend(evidence(1e4, { zca: 1 }, [1, 1, 0], 3))).toMatch(
      /3 samples in 3 dimensions the covariance is singular/,
    )
    expect(recommend(evidence(1e4, { zca: 1 }, [1, 1, 0]))).toMatch(
      /In 1 of 3 directions the data does not vary/,
    )
  })
})
