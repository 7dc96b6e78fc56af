// The first step of an adaptive method: k1, and a size for it from two evaluations (Hairer, Norsett & Wanner 1993, II.4).
import {
  abs,
  allocate,
  sizeOf,
  sub,
  type Data,
  type NdArray,
  type Program,
  type ProgramSpec,
  type Tensor,
} from '@whitewater/tensor'
import { evaluateField, sameTime } from './field.ts'
import type { SolveRequest } from './request.ts'
import { checkFinite } from './solution.ts'
import { present, solverFeed, solverInputs, type Feed } from './solver-inputs.ts'
import { dtypeOfSpec, type SolverSpec } from './solver-spec.ts'
import { initialSize, probeSize, scaledNorm } from './step-control.ts'
import { advance } from './step.ts'
import type { EmbeddedTableau } from './tableau.ts'

export type AdaptiveSpec = SolverSpec & { readonly method: EmbeddedTableau }

/** The lower of the pair's orders: what the error's size follows. */
export const errorOrder = ({ order, embedded }: EmbeddedTableau): number => Math.min(order, embedded.order)

/** The slope at x + h k1, with the scaled norms of x, of the slope, and of its difference to k1. */
export function slopeProgram(spec: AdaptiveSpec): ProgramSpec {
  const { x, slope: known, tolerances, labels, ...symbols } = solverInputs(spec)
  const t = symbols.times(1)
  const h = symbols.sizes(1)
  const slope = evaluateField(spec.field, advance(x, h, [1], [known]), sameTime(t, x), labels)
  const norm = (value: Tensor) => scaledNorm(value, abs(x), tolerances)
  return {
    inputs: present(x, known, t, h, tolerances, labels),
    outputs: { slope, d0: norm(x), d1: norm(slope), d2: norm(sub(slope, known)) },
  }
}

/** k1 and the size of the first step (positive): two evaluations. */
export async function begin(
  program: Program,
  spec: AdaptiveSpec,
  x0: NdArray,
  { from, to }: SolveRequest,
  feed: Feed,
) {
  const direction = Math.sign(to - from)
  const slopeAt = async (h: number, known: Data) => {
    const point = solverFeed(spec, { x: x0, slope: known, times: [from + h], sizes: [h] })
    const { slope, ...norms } = await program.run({ ...feed, ...point })
    const value = (name: 'd0' | 'd1' | 'd2') => Number(norms[name].data[0])
    return { slope, d0: value('d0'), d1: value('d1'), d2: value('d2') }
  }
  const first = await slopeAt(0, allocate(dtypeOfSpec(spec), sizeOf(spec.shape)))
  checkFinite(first.slope.data, from)
  const probe = Math.min(probeSize(first.d0, first.d1), Math.abs(to - from))
  const second = await slopeAt(direction * probe, first.slope.data)
  // Where the probe leaves the field's domain, the step control has to find a size: it begins with the probe's.
  const size = Number.isFinite(second.d2)
    ? initialSize(probe, first.d1, second.d2 / probe, errorOrder(spec.method))
    : probe
  return { slope: first.slope.data, size }
}
