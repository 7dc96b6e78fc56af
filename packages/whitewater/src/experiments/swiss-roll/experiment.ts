// The Swiss roll (Fig. 5, 6, Table 3): how near the flow comes in both directions, noise to data and data to noise, under each
// preconditioner.
import { ndarray } from '@whitewater/tensor'
import { z } from 'zod'
import { dataset } from '../../data/registry.ts'
import { firstSamples } from '../../data/subset.ts'
import type { Generator } from '../../generator/generator.ts'
import { measuredCondition } from '../../metrics/conditioning.ts'
import { mmd } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import type { Samples, Settings } from '../../precondition/preconditioner.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { experiment, type Cell, type Measuring, type Request } from '../runner/experiment.ts'
import { logSpacedSteps, rounded, seedsOf, solverAt, TOLERANCE, trainWatched } from '../shared/observe.ts'
import { noiseFor } from '../shared/planar.ts'
import { presentSwissRoll } from './report.ts'

interface Row {
  readonly kind: string
  readonly options?: Settings
}

/**
 * Table 3's three rows, the flow with 168 parameters, and the linear maps between them: `standardise` beside `zca` tells what is
 * due to scale alone.
 */
const rows: Readonly<Record<string, Row>> = {
  none: { kind: 'none' },
  standardise: { kind: 'standardise' },
  zca: { kind: 'zca' },
  'real-nvp': { kind: 'real-nvp' },
  'flow, 168 parameters': { kind: 'flow', options: { network: 'tiny' } },
}

const settingsOf = ({ quick }: Request) => ({
  samples: 10_000,
  width: 128,
  depth: 3,
  batch: 256,
  /** A budget at which the roll is not yet learned, and one at which it nearly is. */
  budgets: quick ? [4000] : [4000, 30_000],
  tolerance: TOLERANCE,
  /** Of each side of a distance. */
  measured: 5000,
})

export type RollSettings = Omit<ReturnType<typeof settingsOf>, 'budgets'> &
  Row & {
    /** What the row is called. */
    readonly row: string
    readonly steps: number
  }

const look = z.object({
  step: z.number(),
  /** Sliced W2 of generated to held-out data, and of encoded held-out data to noise. */
  forwards: z.number(),
  backwards: z.number(),
})

const result = z.object({
  looks: z.array(look),
  mmd: z.number(),
  kappa: z.number(),
  /** Sliced W2 of P(held-out data) to noise: how much of the way P goes by itself. */
  evenness: z.number(),
  /** Of field and P^-1 for one sample. */
  evaluations: z.array(z.number()),
  /** Sliced W2 between two independent sets of data, and of noise. */
  floor: z.object({ forwards: z.number(), backwards: z.number() }),
  pictures: z
    .object({
      data: z.array(z.number()),
      preconditioned: z.array(z.number()),
      encoded: z.array(z.number()),
      samples: z.array(z.number()),
    })
    .optional(),
})

export type RollResult = z.infer<typeof result>

function grid(request: Request): Cell<RollSettings>[] {
  const { budgets, ...settings } = settingsOf(request)
  const seeds = seedsOf(request.seeds, request.quick ? 2 : 5)
  return budgets.flatMap((steps) =>
    Object.entries(rows).flatMap(([row, own]) =>
      seeds.map((seed) => ({
        name: `${own.kind}_${steps}-steps_seed-${seed}`,
        seed,
        settings: { ...settings, ...own, row, steps },
      })),
    ),
  )
}

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
  result,
  present: presentSwissRoll,
})
