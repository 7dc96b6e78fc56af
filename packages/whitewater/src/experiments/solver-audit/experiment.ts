// How finely a flow preconditioner must be solved: one trained P and one main field on the Swiss roll, and every solver in turn in P's
// place. What comes back, what it costs, and what it does to the samples.
import type { CompileOptions } from '@whitewater/tensor'
import { dataset } from '../../data/registry.ts'
import { firstSamples } from '../../data/subset.ts'
import { solverNamed } from '../../flow/solvers.ts'
import { Generator } from '../../generator/generator.ts'
import { train } from '../../runs/run.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { flowPreconditioner } from '../../precondition/trained/flow.ts'
import { withSteps } from '../../precondition/trained/flow/fitted.ts'
import { fittedIdentity } from '../../precondition/linear/identity.ts'
import { roundTripError, type FittedPreconditioner, type Samples } from '../../precondition/preconditioner.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { solverAt, TOLERANCE } from '../shared/observe.ts'
import { noiseFor } from '../shared/planar.ts'
import { presentSolverAudit } from './report.ts'
import {
  grid,
  ladder,
  resultSchema,
  type AuditEntry,
  type AuditResult,
  type AuditSettings,
} from './settings.ts'

const distance = (x: Samples, y: Samples): number => slicedWasserstein(x, y, { seed: 0 }).w2

/** What P is measured on, whichever way it is solved. */
interface Probe {
  readonly reference: Samples
  readonly noise: Samples
  /** Samples of the main field in P's space, drawn once. */
  readonly even: Samples
  /** The main field alone: from P's space to noise. */
  readonly main: Generator
}

async function audited(variant: FittedPreconditioner, probe: Probe) {
  const { reference, noise, even, main } = probe
  const forwards = distance(reference, await variant.invert(even))
  const evaluations = variant.evaluations?.() ?? 0
  const encoded = await main.encode(await variant.transform(reference), solverAt(TOLERANCE))
  return {
    roundTrip: await roundTripError(variant, reference),
    evaluations,
    forwards,
    backwards: distance(noise, encoded),
  }
}

async function entriesFor(
  fitted: FittedPreconditioner,
  probe: Probe,
  engine: CompileOptions,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for (const [method, finenesses] of Object.entries(ladder)) {
    for (const fineness of finenesses) {
      const variant = withSteps(fitted, { method: solverNamed(method), fineness }, engine)
      entries.push({ method, fineness, ...(await audited(variant, probe)) })
      await variant.dispose()
    }
  }
  return entries
}

async function measure(
  { seed, settings }: Cell<AuditSettings>,
  { engine, onProgress, signal }: Measuring,
): Promise<AuditResult> {
  const { samples, width, depth, batch, steps, measured, tolerance, network } = settings
  const data = await dataset('swiss-roll', { samples, seed })
  const reference = (await dataset('swiss-roll', { samples: measured, seed, split: 'test' })).samples
  const other = (await dataset('swiss-roll', { samples: measured, seed: seed + 1, split: 'test' })).samples
  const noise = noiseFor(seed, measured, 2)
  const generator = await train({
    data,
    steps,
    batch,
    seed,
    preconditioner: flowPreconditioner({ network, method: 'dopri5', tolerance }),
    field: mlp({ width, depth }),
    engine,
    hooks: { signal, onProgress: (progress) => onProgress(progress.step, progress.steps) },
  })
  signal?.throwIfAborted()
  const { preconditioner: fitted } = generator.parts
  const main = new Generator({ ...generator.parts, preconditioner: fittedIdentity([2]) }, engine)
  const even = await main.sample(measured, { ...solverAt(TOLERANCE), seed: seed + 1 })
  const entries = await entriesFor(fitted, { reference, noise, even, main }, engine)
  const parameters = Number(fitted.describe().parameters)
  await main.dispose()
  await generator.dispose()
  return {
    entries,
    parameters,
    floor: {
      forwards: distance(reference, firstSamples(other, measured)),
      backwards: distance(noise, noiseFor(seed + 1, measured, 2)),
    },
  }
}

export const solverAudit = experiment({
  name: 'solver-audit',
  title: 'How finely a flow preconditioner must be solved',
  about: 'round trip, evaluations and samples of a flow preconditioner under every solver, coarse to fine',
  grid,
  measure,
  result: resultSchema,
  present: presentSolverAudit,
})
