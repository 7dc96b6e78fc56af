// Made-up results of Table 1, plausible in size and shape: what its pages are tested and looked at with.
import { settingsOf } from '../settings.ts'
import type { Run } from '../entries.ts'
import type { LatentRequest } from '../options.ts'
import type { Comparison, MnistResult, Pictures, Prepared } from '../result.ts'
import { rowsNamed, type Row } from '../rows.ts'

/** Final FID, fit time and kappa. */
interface Character {
  readonly frechet: number
  readonly fit: number
  readonly kappa: number
}

const characters: Readonly<Record<string, Character>> = {
  none: { frechet: 8.4, fit: 0, kappa: 2600 },
  standardise: { frechet: 7.1, fit: 1, kappa: 900 },
  zca: { frechet: 8.5, fit: 1, kappa: 1.0001 },
  'real-nvp': { frechet: 5.5, fit: 260, kappa: 1.4 },
  flow: { frechet: 7.4, fit: 700, kappa: 1.9 },
  'gaussian-residual': { frechet: 6.1, fit: 1, kappa: 2600 },
  'gaussian-residual-class-means': { frechet: 6.2, fit: 1, kappa: 2600 },
  'real-nvp+gaussian-residual': { frechet: 5.2, fit: 260, kappa: 1.4 },
  'none-matched': { frechet: 8.1, fit: 0, kappa: 2600 },
  'zca-matched': { frechet: 8.3, fit: 1, kappa: 1.0001 },
}

const times = Array.from({ length: 41 }, (_, k) => k / 40)

/** Eq. 13 for eigenvalues from 1 down to 1 / kappa. */
const pathOf = (kappa: number) =>
  times.map((t) => ({ t, kappa: ((1 - t) ** 2 + t * t) / ((1 - t) ** 2 + (t * t) / kappa) }))

const spectrumOf = (kappa: number): number[] => Array.from({ length: 64 }, (_, k) => kappa ** (0.3 - k / 63))

const comparison = (frechet: number): Comparison => ({
  frechet,
  mmd: 2e-4 * (frechet - 4.5) ** 1.5,
  kid: 1e-2 * frechet,
  precision: 0.9 - frechet / 150,
  recall: 0.84 - frechet / 200,
  density: 1.05 - frechet / 80,
  coverage: 0.95 - frechet / 120,
})

/** A stroke whose slope is the class. */
function pictures(count: number, blur: number): Pictures {
  const bytes = Uint8Array.from({ length: count * 784 }, (_, at) => {
    const image = Math.floor(at / 784)
    const y = Math.floor((at % 784) / 28) - 14
    const x = (at % 28) - 14
    const angle = (Math.floor((image * 10) / count) * Math.PI) / 10 + (image % 8) * 0.03
    const along = x * Math.cos(angle) + y * Math.sin(angle)
    const across = y * Math.cos(angle) - x * Math.sin(angle)
    return Math.abs(along) > 9 ? 0 : 255 * Math.exp(-((across / blur) ** 2))
  })
  return { shape: [count, 1, 28, 28], bytes: Buffer.from(bytes).toString('base64') }
}

function resultOf({ name, matched, precondition }: Row, seed: number, request: LatentRequest): MnistResult {
  const { frechet, fit, kappa } = characters[name]
  const { looks, epochs, generated } = settingsOf(request, rowsNamed([name])[0])
  const pace = (matched ? 28 : 19) * (1 + 0.01 * seed)
  const trained = precondition === 'real-nvp' || precondition === 'flow'
  const evaluated = {
    evaluations: 40,
    preconditionerEvaluations: precondition === 'flow' ? 62 : precondition === 'real-nvp' ? 1 : 0,
  }
  const watched = [0, 50, 200, 1000, 5000]
  return {
    terms: { extractor: { name: 'mnist', hash: 'a'.repeat(64) }, autoencoder: 'b'.repeat(64) },
    parameters: matched ? 3_371_200 : 2_319_424,
    preconditionerParameters: trained ? 1_050_240 : 0,
    flops: { field: (matched ? 39 : 27) * 1e12, preconditioner: trained ? 9e12 : 0 },
    fit: { cpu: fit, wall: fit * 1.1 },
    ...evaluated,
    generated,
    looks: looks.map((epoch) => ({
      ...comparison(frechet * (epochs / epoch) ** 0.35 + 0.15 * seed - 0.1),
      step: 59 * epoch,
      epoch,
      spent: { cpu: pace * epoch, wall: 1.2 * pace * epoch },
      ...evaluated,
    })),
    kappa: pathOf(kappa),
    kappaWhileFitting: trained
      ? watched.map((step) => ({ step, points: pathOf(kappa + 2600 / (1 + step / 4)) }))
      : [],
    spectrum: spectrumOf(kappa),
    losses: Array.from({ length: 200 }, (_, k) => ({
      step: 1 + k * 9,
      loss: 0.6 + 1 / (1 + k / 8) + 0.02 * Math.sin(k * 12.9 + frechet),
    })),
    ...(seed === 0 && { pictures: pictures(80, 1 + frechet / 6) }),
  }
}

/** Every row of the request at every seed. */
export const madeUpRuns = (request: LatentRequest, seeds: number): Run[] =>
  Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) =>
    rowsNamed(request.rows).map((row) => ({
      name: `${row.name}_seed-${seed}`,
      seed,
      settings: settingsOf(request, row),
      result: resultOf(row, seed, request),
      seconds: 700,
    })),
  )

export const madeUpPrepared = (): Prepared => ({
  terms: { extractor: { name: 'mnist', hash: 'a'.repeat(64) }, autoencoder: 'b'.repeat(64) },
  extractor: { name: 'mnist', dimension: 128 },
  autoencoder: {
    parameters: 412_345,
    seconds: 290,
    epochs: 6,
    latent: [4, 4, 4],
    meanSquaredError: 0.0123,
    peakSignalToNoise: 25.1,
  },
  images: { train: 60_000, test: 10_000 },
  floor: { real: comparison(4.7), reconstructed: comparison(4.6) },
  bandwidth: 11.3,
  spectrum: spectrumOf(2600),
  kappa: pathOf(2600),
  originals: pictures(80, 2),
  reconstructions: pictures(80, 2.6),
})
