// The door of every solver: a call is checked, and waits for those before it.
import { dtypeOf, sameShape, type Data, type NdArray } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import type { Span } from './request.ts'
import type { Residents } from './resident-programs.ts'
import type { Solution } from './solution.ts'
import { dtypeOfSpec, type FieldSpec } from './solver-spec.ts'

/** @throws WhitewaterError (usage) for a state, times or labels that the solver was not compiled for */
function checkState(spec: FieldSpec, x0: NdArray, { from, to, labels }: Span): void {
  const { shape } = spec
  const dtype = dtypeOfSpec(spec)
  if (!sameShape(x0.shape, shape) || dtypeOf(x0.data) !== dtype) {
    throw usageError(
      `the state is ${dtypeOf(x0.data)} [${x0.shape.join(', ')}], the solver was compiled for ${dtype} [${shape.join(', ')}]`,
    )
  }
  for (const t of [from, to]) {
    if (!(t >= 0 && t <= 1)) throw usageError(`cannot integrate from ${from} to ${to}: times lie in [0, 1]`)
  }
  if (Boolean(labels) !== Boolean(spec.labels)) {
    throw usageError(
      labels
        ? 'labels are given to a solver compiled without; compile it with labels: true'
        : 'this solver was compiled with labels; give int32 labels, one a sample',
    )
  }
  if (labels && (!sameShape(labels.shape, [shape[0]]) || dtypeOf(labels.data) !== 'int32')) {
    throw usageError(
      `labels are ${dtypeOf(labels.data)} [${labels.shape.join(', ')}], expected int32 [${shape[0]}], one a sample`,
    )
  }
}

/** Jobs one after the other: programs keep their state between runs. */
function inTurn(): <T>(job: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve()
  return (job) => {
    const result = turn.then(job, job)
    turn = result
    return result
  }
}

/** A solver whose calls are answered one after the other, each checked first. */
export function serialSolver<Request extends Span>(
  spec: FieldSpec,
  resident: Residents,
  solve: (x0: NdArray, request: Request) => Promise<Solution>,
) {
  const queued = inTurn()
  return {
    solve: (x0: NdArray, request: Request): Promise<Solution> =>
      queued(async () => {
        checkState(spec, x0, request)
        return solve(x0, request)
      }),
    write: (name: string, data: Data): Promise<void> => queued(() => resident.write(name, data)),
    dispose: (): Promise<void> => queued(() => resident.dispose()),
  }
}
