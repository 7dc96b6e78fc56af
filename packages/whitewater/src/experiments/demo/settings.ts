// What the demo trains on, and how.
import type { DatasetOptions } from '../../data/dataset.ts'
import type { FieldNetwork } from '../../nn/network.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { residualMlp } from '../../nn/networks/residual-mlp.ts'

export interface Case {
  readonly source: string
  readonly options: DatasetOptions
  readonly field: FieldNetwork
  readonly steps: number
  readonly batch: number
  readonly reference: number
  readonly about: string
}

export const cases: readonly Case[] = [
  {
    source: 'gaussian',
    options: { samples: 10_000, dimension: 8, conditionNumber: 1e4 },
    field: mlp({ width: 128, depth: 3 }),
    steps: 4000,
    batch: 256,
    reference: 10_000,
    about: 'An 8-dimensional Gaussian whose variances span four orders of magnitude, in rotated axes.',
  },
  {
    source: 'swiss-roll',
    options: { samples: 10_000 },
    field: mlp({ width: 128, depth: 3 }),
    steps: 12_000,
    batch: 256,
    reference: 10_000,
    about:
      'The planar Swiss roll: curved, but of nearly equal variance in both directions, so whitening does little but rescale it.',
  },
  {
    source: 'glyphs',
    options: { samples: 10_000, resolution: 16 },
    field: residualMlp({ width: 256, depth: 2 }),
    steps: 2000,
    batch: 256,
    reference: 2000,
    about:
      'Digits drawn from stroke skeletons, 16 x 16 pixels, labelled: most variance lies in few directions. Look at the pictures beside the measures: these see the variance of faint directions, not the legibility of strokes.',
  },
]

export const kinds = ['none', 'zca'] as const
