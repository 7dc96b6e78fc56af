import { describe, expect, it } from 'vitest'
import { samplingEdges, supportOf } from './diagnosis/sampling.ts'
import { recommend, type Evidence } from './recommend.ts'

interface Case {
  readonly spectrum?: readonly number[]
  readonly samples?: number
  /** kappa that each leaves. */
  readonly under?: Readonly<Record<string, number>>
  /** Round-trip errors; exact unless given. */
  readonly errors?: Readonly<Record<string, number>>
  readonly classes?: Evidence['classes']
}

function evidence({
  spectrum = [1, 1e-4],
  samples = 1000,
  under = {},
  errors = {},
  classes,
}: Case): Evidence {
  const wide = supportOf(spectrum, 1e-6)
  return {
    samples,
    spectrum,
    classes,
    wide,
    support: supportOf(spectrum),
    maxKappa: (spectrum[0] + 1e-6) / (spectrum[spectrum.length - 1] + 1e-6),
    sampling: samplingEdges(samples, spectrum.length),
    preconditioners: Object.entries(under).map(([kind, kappa]) => ({
      kind,
      byClass: kind.startsWith('class-'),
      maxKappa: wide.dimension < spectrum.length ? 1e6 : kappa,
      wideKappa: kappa,
      roundTripError: errors[kind] ?? 0,
    })),
  }
}

const said = (about: Case) => recommend(evidence(about))

describe('recommend', () => {
  it('says when nothing is needed', () => {
    const { recommended, recommendation, caveats } = said({
      spectrum: [1, 1 / 3],
      under: { standardise: 2, zca: 1 },
    })
    expect(recommended).toBe('none')
    expect(recommendation).toMatch(/^You do not need preconditioning: kappa\(S_t\) reaches 3 at t = 1/)
    expect(caveats).toEqual([])
  })

  it('looks within classes where the whole is round', () => {
    const within = (kappa: number, dimension = 2) => ({
      samples: 500,
      kappa,
      support: { dimension, kappa },
    })
    const about = { spectrum: [1, 0.9], under: { zca: 1, 'class-standardise': 17, 'class-zca': 1 } }
    const narrow = [
      { label: 0, ...within(3) },
      { label: 1, ...within(99) },
    ]
    const { recommended, recommendation } = said({ ...about, classes: narrow })
    expect(recommended).toBe('class-zca')
    expect(recommendation).toMatch(/class-conditional: .* reaches 1\.1 at t = 1, but within class 1 it is 99/)
    expect(said({ ...about, classes: [narrow[0]] }).recommended).toBe('none')
    expect(said({ ...about, classes: [narrow[0], { label: 1, ...within(99, 1) }] }).recommended).toBe('none')
    expect(said({ ...about, under: { zca: 1 }, classes: narrow }).recommended).toBe('none')
  })

  it('takes the simplest that does about as well as the best, and gives its reason', () => {
    expect(said({ under: { standardise: 1.5, zca: 1 } }).recommended).toBe('standardise')
    const { recommended, recommendation } = said({ under: { standardise: 5000, zca: 1 } })
    expect(recommended).toBe('zca')
    expect(recommendation).toMatch(
      /^Use zca: kappa\(S_t\) reaches 9900 at t = 1; with zca it is at most 1 \(standardise 5000\).*5000 times fewer/,
    )
  })

  it('tells scale from shape', () => {
    const { recommended, recommendation } = said({
      spectrum: [4e4, 3e4],
      under: { standardise: 1.3, zca: 1 },
    })
    expect(recommended).toBe('standardise')
    expect(recommendation).toMatch(/mean variance is 35000 and the noise's is 1, so only the scale/)
  })

  it('admits that nothing helps', () => {
    const { recommended, recommendation } = said({ under: { standardise: 9000, zca: 8000 } })
    expect(recommended).toBe('none')
    expect(recommendation).toMatch(/^No preconditioner here helps: .* the best brings it to 8000/)
  })

  it('does not recommend a map that loses the data, and says so', () => {
    const lossy = said({ under: { standardise: 5000, zca: 1 }, errors: { zca: 0.2 } })
    expect(lossy.recommended).toBe('none')
    expect(lossy.caveats).toContainEqual(expect.stringMatching(/do not map the data back.*zca 0\.2/))
    expect(said({ under: { zca: 1 }, errors: { zca: NaN } }).recommendation).toMatch(
      /none maps the data back/,
    )
  })

  it('does not take for ill-conditioned what round data of that size would show', () => {
    const spectrum = Array.from({ length: 100 }, (_, j) => 2 - (1.9 * j) / 99)
    const few = said({ spectrum, samples: 240, under: { zca: 1 } })
    expect(few.recommended).toBe('none')
    expect(few.recommendation).toMatch(/240 samples of perfectly round data .* measure up to 22/)
    expect(said({ spectrum, samples: 100_000, under: { zca: 1 } }).recommended).toBe('zca')
  })

  it('says how far few samples can be trusted', () => {
    const spectrum = Array.from({ length: 50 }, (_, j) => 1e-4 ** (j / 49))
    const { recommended, caveats } = said({ spectrum, samples: 500, under: { zca: 1 } })
    expect(recommended).toBe('zca')
    expect(caveats[0]).toMatch(
      /^With 500 samples in 50 dimensions even .* measures kappa 3\.7: .* fresh samples/,
    )
  })

  it('does not whiten what there are too few samples of', () => {
    const few = { spectrum: [1, 0.01, 0], samples: 3 }
    const { recommended, recommendation, caveats } = said({ ...few, under: { standardise: 90, zca: 1 } })
    expect(recommended).toBe('none')
    expect(recommendation).toMatch(
      /^Gather more samples .* kappa\(S_t\) reaches 100 .* 2 of 3 directions that 3 /,
    )
    expect(caveats[0]).toMatch(/^With 3 samples in 3 dimensions the covariance is singular/)
    const scaled = said({ ...few, under: { standardise: 2, zca: 1 } })
    expect(scaled.recommended).toBe('standardise')
    expect(scaled.recommendation).toMatch(/^Use standardise, and gather more samples before you whiten/)
  })

  it('judges by the directions that can be evened out, and names the others', () => {
    const spectrum = [1, 0.5, 1e-3, 1e-8, 0]
    const { recommended, recommendation, caveats } = said({ spectrum, under: { standardise: 900, zca: 1 } })
    expect(recommended).toBe('zca')
    expect(recommendation).toMatch(/reaches 1000 at t = 1 on the 3 of 5 directions/)
    expect(caveats[0]).toMatch(
      /^In 1 of 5 directions the data does not vary, in 1 it varies by less than 1e-6 .*\(kappa on all that vary: 1\.0e8\)/,
    )
    const faint = said({ spectrum: [1, 1, 1e-8], under: { zca: 1 } })
    expect(faint.recommended).toBe('none')
    expect(faint.caveats[0]).toMatch(/^In 1 of 3 directions it varies by less than 1e-6/)
  })

  it('names the worst class where a class is ill-conditioned', () => {
    const support = { dimension: 2, kappa: 2 }
    const of = (...kappas: number[]) =>
      said({
        under: { zca: 1 },
        classes: kappas.map((kappa, label) => ({ label, samples: 10, kappa, support })),
      }).caveats
    expect(of(40, 3e5, 7)).toContainEqual(expect.stringMatching(/from 7 to 3\.0e5 \(class 1\).*Thm 3\.9/))
    expect(of(4, 3)).not.toContainEqual(expect.stringMatching(/class/))
  })

  it('warns where whitening lifts many faint directions', () => {
    const spectrum = [1, 1, ...Array<number>(38).fill(1e-4)]
    expect(said({ spectrum, samples: 1e6, under: { zca: 1 } }).caveats[0]).toMatch(
      /99 % .* in 2 of 40 directions/,
    )
    expect(said({ spectrum, samples: 1e6, under: { standardise: 90 } }).caveats).toEqual([])
  })
})
