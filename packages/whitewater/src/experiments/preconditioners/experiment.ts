// Every preconditioner on every toy, or on data of one's choice: what it costs, how exactly it comes back, how even the space is that
// it makes, and how near a flow trained there comes to the data.
import { sizeOf } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { firstSamples, randomSubset, split } from '../../data/subset.ts'
import { WhitewaterError } from '../../errors.ts'
import type { Generator } from '../../generator/generator.ts'
import { loadSource } from '../../data/source.ts'
import { measuredCondition } from '../../metrics/conditioning.ts'
import { mmd } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { residualMlp } from '../../nn/networks/residual-mlp.ts'
import { withComponents } from '../../precondition/chain.ts'
import { roundTripError, type Preconditioner } from '../../precondition/preconditioner.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { solverAt, trainWatched } from '../shared/observe.ts'
import { noiseFor } from '../shared/planar.ts'
import { presentPreconditioners } from './report.ts'
import { grid, resultSchema, type PreconditionersResult, type PreconditionersSettings } from './settings.ts'

/** Features up to which data count as points, with a plain network. */
const LOW = 16

/** The same preconditioner, telling how long its fit took. */
function timed(maker: Preconditioner): { readonly maker: Preconditioner; readonly seconds: () => number } {
  let seconds = 0
  const fit: Preconditioner['fit'] = async (data, options) => {
    const start = performance.now()
    const fitted = await maker.fit(data, options)
    seconds = (performance.now() - start) / 1000
    return fitted
  }
  return { maker: { ...maker, fit }, seconds: () => seconds }
}

/** How even the space is, and how exact the way back, on data that P was not fitted to. */
async function measureMap({ parts: { preconditioner: fitted } }: Generator, held: Dataset, seed: number) {
  const { samples, labels } = await withComponents(fitted, held)
  const even = await fitted.transform(samples, labels)
  const [count, ...features] = even.shape
  const flat = firstSamples(even, count)
  return {
    roundTrip: await roundTripError(fitted, samples, labels),
    kappa: measuredCondition(flat).kappa,
    evenness: slicedWasserstein(flat, noiseFor(seed, count, sizeOf(features)), { seed }).w2,
  }
}

/** How near the samples come. */
async function measureSamples(
  generator: Generator,
  held: Dataset,
  { settings, seed }: Cell<PreconditionersSettings>,
) {
  const count = Math.min(settings.measured, held.samples.shape[0])
  const options = { ...solverAt(settings.tolerance), seed: seed + 1 }
  const drawn = await generator.generate(count, options)
  const reference = firstSamples(held.samples, count)
  return {
    slicedWasserstein: slicedWasserstein(reference, drawn.samples, { seed }).w2,
    mmd: mmd(reference, drawn.samples),
    evaluations: drawn.evaluations,
    inverseEvaluations: drawn.preconditionerEvaluations,
  }
}

export async function measurePreconditioner(
  cell: Cell<PreconditionersSettings>,
  measuring: Measuring,
): Promise<PreconditionersResult> {
  const { seed, settings } = cell
  const { kind, source, samples, steps, batch, low, high } = settings
  const all = await loadSource(source)
  const wanted = samples + settings.measured
  const pool = all.samples.shape[0] > wanted ? randomSubset(all, wanted, seed) : all
  const [held, data] = split(pool, settings.measured / wanted, seed)
  const field = sizeOf(data.samples.shape.slice(1)) <= LOW ? mlp(low) : residualMlp(high)
  const { maker, seconds } = timed(preconditioner(kind))
  if (maker.needsLabels && !data.labels) return { skipped: `${data.name} has no labels` }
  const nothing = { at: [], look: () => Promise.resolve({}) }
  try {
    const { generator } = await trainWatched(
      { data, preconditioner: maker, field, steps, batch, seed, ...nothing },
      measuring,
    )
    const found = {
      ...(await measureMap(generator, held, seed)),
      ...(await measureSamples(generator, held, cell)),
    }
    await generator.dispose()
    return { fitSeconds: seconds(), ...found }
  } catch (error) {
    // What a preconditioner refuses is a result: the table says why it does not apply.
    if (error instanceof WhitewaterError && seconds() === 0) return { skipped: error.message }
    throw error
  }
}

export const preconditioners = experiment({
  name: 'preconditioners',
  title: 'Every preconditioner on every toy',
  about:
    'fit time, round trip, κ, and how near a flow comes behind each preconditioner, on toys or your data',
  takesData: true,
  grid,
  measure: measurePreconditioner,
  result: resultSchema,
  present: presentPreconditioners,
})
