// The exact score and velocity of an elongated Gaussian in the plane, without and with whitening: what a network has to learn (Fig. 4).
import { matrix } from '../../linalg/matrix.ts'
import type { Block, Section } from '../../report/document.ts'
import { fieldFigure, type FieldPanel } from '../../report/field-figure.ts'
import { formatInteger } from '../../format-number.ts'
import { gaussianScore, gaussianVelocity } from '../../theory/gaussian-flow.ts'
import { gaussianOf, pathCovariance, type Gaussian } from '../../theory/gaussian.ts'
import { whitenedLaw } from '../../theory/preconditioned.ts'

const CONDITION = 100
const TIMES = [0.3, 0.7, 0.95]
/** Arrows a side, and how far from the middle the last ones stand. */
const SIDE = 13
const REACH = 2.4

/** Variances 1 and 1 / CONDITION along axes turned by 30 degrees, so that no coordinate is an eigendirection. */
function elongated(): Gaussian {
  const c = Math.cos(Math.PI / 6)
  const s = Math.sin(Math.PI / 6)
  const small = 1 / CONDITION
  const across = (1 - small) * c * s
  return gaussianOf(
    matrix(2, 2, Float64Array.of(c * c + small * s * s, across, across, s * s + small * c * c)),
  )
}

const points = Array.from({ length: SIDE * SIDE }, (_, k) =>
  [k % SIDE, Math.floor(k / SIDE)].map((at) => REACH * ((2 * at) / (SIDE - 1) - 1)),
)

type At = (law: Gaussian, t: number, x: readonly number[]) => Float64Array

const panelAt = (title: string, law: Gaussian, t: number, of: At): FieldPanel => ({
  title: `${title}, t = ${t}`,
  points: points.flat(),
  vectors: points.flatMap((x) => [...of(law, t, x)]),
  ellipse: { mean: [0, 0], covariance: pathCovariance(law, t).data },
})

const blockOf = (name: string, kind: string, law: Gaussian, of: At, caption: string): Block => ({
  kind: 'figure',
  name: `${name}-${kind}`,
  svg: fieldFigure({
    label: `${name}, ${kind}, at t = ${TIMES.join(', ')}`,
    panels: TIMES.map((t) => panelAt(kind, law, t, of)),
    axisLabels: ['x₁', 'x₂'],
  }),
  caption,
})

export function fieldSection(): Section {
  const none = elongated()
  const whitened = whitenedLaw(elongated())
  const target = `N(0, Σ) in the plane with κ = ${formatInteger(CONDITION)}`
  const scale = 'Same fields after exact whitening; mind the other scale of the arrows.'
  return {
    heading: 'Fields',
    text: 'Exact, nothing trained. Near the data an ill-conditioned target asks for a velocity and a score that are long across the narrow direction and short along the wide one; after whitening all directions are alike at every t.',
    blocks: [
      blockOf('velocity', 'none', none, gaussianVelocity, `Velocity v*(x, t) = A*_t x (Eq. 7) of ${target}.`),
      blockOf('velocity', 'whitened', whitened, gaussianVelocity, scale),
      blockOf('score', 'none', none, gaussianScore, `Score −S_t⁻¹ x of ${target}.`),
      blockOf('score', 'whitened', whitened, gaussianScore, scale),
    ],
  }
}
