// The Swiss roll (Fig. 5, 6, Table 3): how near the flow comes in both directions, noise to data and data to noise, under each
// preconditioner.
import { ndarray } from '@whitewater/tensor'
import { dataset } from '../../data/registry.ts'
import { firstSamples } from '../../data/subset.ts'
import type { Generator } from '../../generator/generator.ts'
import { measuredCondition } from '../../metrics/conditioning.ts'
import { mmd } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { logSpacedSteps, rounded, solverAt, trainWatched } from '../shared/observe.ts'
import { noiseFor } from '../shared/planar.ts'
import { presentSwissRoll } from './report.ts'
import { grid, resultSchema, type RollResult, type RollSettings } from './settings.ts'

const distance = (x: Samples, y: Samples): number => slicedWasserstein(x, y, { seed: 0 }).w2

const drawn = (x: Samples): number[] => rounded(x.data.subarray(0, 2 * 1500), 4)

async function measure({ seed, settings }: Cell<RollSettings>, measuring: Measuring): Promise<RollResult> {
  const { samples, width, depth, batch, steps, measured, tolerance, kind, options } = settings
  const data = await dataset('swiss-roll', { samples, seed })
  const held = (await dataset('swiss-roll', { samples: 2 * measured, seed, split: 'test' })).samples
  const reference = firstSamples(held, measured)
  const other = ndarray(held.data.subarray(2 * measured), [measured, 2])
  const noise = noiseFor(seed, measured, 2)
  const solver = solverAt(tolerance)
  const lookAt = async (generator: Generator) => ({
    forwards: distance(reference, await generator.sample(measured, { ...solver, seed: seed + 1 })),
    backwards: distance(noise, await generator.encode(reference, solver)),
  })
  const { generator, looks } = await trainWatched(
    {
      data,
      preconditioner: preconditioner(kind, options),
      field: mlp({ width, depth }),
      steps,
      batch,
      seed,
      at: logSpacedSteps(20, steps, 12),
      look: lookAt,
    },
    measuring,
  )
  const drawing = await generator.generate(measured, { ...solver, seed: seed + 1 })
  const generated = drawing.samples
  const encoded = await generator.encode(reference, solver)
  const preconditioned = await generator.parts.preconditioner.transform(reference)
  await generator.dispose()
  return {
    looks: [...looks],
    mmd: mmd(firstSamples(reference, 2000), firstSamples(generated, 2000)),
    kappa: measuredCondition(preconditioned).kappa,
    evenness: distance(noise, preconditioned),
    evaluations: [drawing.evaluations, drawing.preconditionerEvaluations],
    floor: {
      forwards: distance(reference, other),
      backwards: distance(noise, noiseFor(seed + 1, measured, 2)),
    },
    ...(seed === 0 && {
      pictures: {
        data: drawn(reference),
        preconditioned: drawn(preconditioned),
        encoded: drawn(encoded),
        samples: drawn(generated),
      },
    }),
  }
}

export const swissRoll = experiment({
  name: 'swiss-roll',
  title: 'The Swiss roll, both ways',
  about:
    'sliced Wasserstein distance, noise to data and data to noise, under each preconditioner (Fig. 5, 6, Table 3)',
  grid,
  measure,
  result: resultSchema,
  present: presentSwissRoll,
})
