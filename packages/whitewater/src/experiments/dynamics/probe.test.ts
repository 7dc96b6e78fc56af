import { ndarray, sizeOf } from '@whitewater/tensor'
import { expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { select } from '../../data/subset.ts'
import { totalError } from '../../metrics/loss-split.ts'
import { momentsOf } from '../../precondition/linear/moments.ts'
import { closedFormKinds, imageKinds, preconditioner } from '../../precondition/registry.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { gaussianOf, type Gaussian } from '../../theory/gaussian.ts'
import { gaussianVelocity } from '../../theory/gaussian-flow.ts'
import { probeOf, type Probe } from './probe.ts'
import { spaceOf, type Space } from './space.ts'

const cpu = { device: 'cpu', threads: 1 } as const

async function opened(data: Dataset, kind: string): Promise<{ space: Space; probe: Probe }> {
  const maker = preconditioner(kind)
  const fitted = await maker.fit(data, { engine: cpu })
  const space = await spaceOf(data, fitted, maker.needsLabels ?? false, cpu)
  return { space, probe: await probeOf(space, 2000, { bins: 4, bands: 2 }, cpu) }
}

const gaussianIn = async (data: Dataset): Promise<Gaussian> => {
  const { mean, covariance } = await momentsOf(data)
  return gaussianOf(covariance, mean)
}

/** The Gaussian of each class where P differs between them, else the one of all. */
async function gaussians({ transformed, perClass }: Space): Promise<(label: number) => Gaussian> {
  const { labels, classes = 0 } = transformed
  if (!perClass || !labels) {
    const one = await gaussianIn(transformed)
    return () => one
  }
  const all: Gaussian[] = []
  for (let label = 0; label < classes; label++) {
    const rows = Array.from(labels.keys()).filter((i) => labels[i] === label)
    all.push(await gaussianIn(select(transformed, rows)))
  }
  return (label) => all[label]
}

/** The best linear field plus `wrong` (x_t - t m). */
async function fieldWith(wrong: number, { space, probe }: { space: Space; probe: Probe }): Promise<Samples> {
  const { x, t, labels } = probe.points
  const d = sizeOf(x.shape.slice(1))
  const of = await gaussians(space)
  const v = new Float32Array(x.data.length)
  t.forEach((at, i) => {
    const row = x.data.subarray(i * d, (i + 1) * d)
    const gaussian = of(labels?.[i] ?? 0)
    const exact = gaussianVelocity(gaussian, at, row)
    for (let j = 0; j < d; j++) v[i * d + j] = exact[j] + wrong * (row[j] - at * gaussian.mean[j])
  })
  return ndarray(v, x.shape)
}

it.each(closedFormKinds.filter((kind) => !imageKinds.includes(kind)))(
  'an error of a tenth of x_t - t m is 0.01 of the variance in every cell in the space of %s, whatever its units',
  async (kind) => {
    const data = await dataset('mixture', { samples: 6000, components: 2, conditionNumber: 100 })
    const { space, probe } = await opened(data, kind)
    const none = await probe.errors(await fieldWith(0, { space, probe }))
    expect(totalError(none.beyondLinear)).toBeLessThan(1e-8)
    expect(none.loss / probe.linear.loss).toBeCloseTo(1, 5)
    const { beyondLinear, affine } = await probe.errors(await fieldWith(0.1, { space, probe }))
    const cells = beyondLinear.errors.flat()
    affine.errors.flat().forEach((cell, at) => {
      expect(cell / cells[at]).toBeCloseTo(1, 1)
    })
    for (const cell of cells) {
      // of the variance within classes where each is compared with its own Gaussian, which is less
      if (space.perClass) expect(cell).toBeLessThan(0.0125)
      // 500 squares of unit variance a cell, spread no wider than a Gaussian's sqrt(2): 6 % standard error
      else expect(Math.abs(cell / 0.01 - 1)).toBeLessThan(0.25)
    }
    await space.fitted.dispose()
  },
)

it('without preconditioning the split of the loss adds up to the loss; directions that do not vary are left out', async () => {
  const { samples } = await dataset('gaussian', { samples: 500, dimension: 3, conditionNumber: 10 })
  const wider = Float32Array.from({ length: 2000 }, (_, at) =>
    at % 4 === 3 ? 5 : samples.data[Math.floor(at / 4) * 3 + (at % 4)],
  )
  const data: Dataset = { name: 'flat', samples: ndarray(wider, [500, 4]) }
  const { probe } = await opened(data, 'none')
  expect(probe.variances.length).toBe(3)
  const still = await probe.errors(
    ndarray(new Float32Array(probe.points.x.data.length), probe.points.x.shape),
  )
  expect(still.lossSplit.bands.at(-1)?.to).toBe(3)
  const { samples: plain } = await dataset('gaussian', { samples: 500, dimension: 4 })
  const all = await opened({ name: 'plain', samples: plain }, 'none')
  const errors = await all.probe.errors(
    ndarray(new Float32Array(all.probe.points.x.data.length), all.probe.points.x.shape),
  )
  expect(totalError(errors.lossSplit) / (4 * errors.loss)).toBeCloseTo(1, 5)
})
