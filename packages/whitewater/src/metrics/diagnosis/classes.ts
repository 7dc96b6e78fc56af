// Conditioning within each class: on mixtures the worst component sets the pace (Theorem 3.9, Cor. 3.10).
import { sizeOf } from '@whitewater/tensor'
import { flatBlocksOfClass, type SampleBlocks } from '../../data/blocks.ts'
import { failureError } from '../../errors.ts'
import { accumulateMoments } from '../../linalg/moments.ts'
import { conditionOf } from '../../linalg/roots.ts'
import { finishMoments } from '../../linalg/streaming.ts'
import { eigenvaluesOf } from '../../linalg/symmetric.ts'
import { DEFAULT_DELTA } from '../conditioning.ts'
import type { ClassDiagnosis, DiagnoseOptions, Diagnosis } from './result.ts'
import { through } from './passes.ts'
import { supportOf } from './sampling.ts'
import type { Stopwatch } from './stages.ts'

/** Classes x d^3 beyond which their eigenvalues would take longer than all the rest. */
const AFFORDABLE = 2e11

/** @throws WhitewaterError (failure) for a class without samples */
function countsOf({ name, labels = new Int32Array(), classes = 0 }: SampleBlocks): Int32Array {
  const counts = new Int32Array(classes)
  for (const label of labels) counts[label]++
  const empty = counts.indexOf(0)
  if (empty < 0) return counts
  throw failureError(
    `${name}: class ${empty} has no samples, expected some of each of 0..${classes - 1}: number the classes without gaps, or take more samples`,
  )
}

export interface ClassConditioning {
  /** Undefined without labels. */
  readonly classes?: ClassDiagnosis[]
  /** Why classes were not measured. */
  readonly skipped: Diagnosis['skipped']
}

/**
 * kappa of each class's own covariance + delta I, one pass over the data a class; classes of one sample are left out.
 * @throws WhitewaterError (failure) for a class without samples
 */
export async function diagnoseClasses(
  data: SampleBlocks,
  watch: Stopwatch,
  { delta = DEFAULT_DELTA, threads, load, solver }: DiagnoseOptions,
): Promise<ClassConditioning> {
  const d = sizeOf(data.shape.slice(1))
  const counts = countsOf(data)
  if (!data.labels) return { skipped: [] }
  if (counts.length * d ** 3 > AFFORDABLE) {
    const reason = `${counts.length} classes in ${d} dimensions would take longer than all the rest`
    return { skipped: [{ kind: 'each class by itself', reason }] }
  }
  const classes: ClassDiagnosis[] = []
  for (const [label, samples] of counts.entries()) {
    if (samples < 2) continue
    const { values } = await watch.stage(`class ${label} of ${counts.length}`, async (count) => {
      const blocks = flatBlocksOfClass(through(data, count(data)), label)
      const { covariance } = finishMoments(await accumulateMoments(blocks, d, { threads, load }))
      return eigenvaluesOf(covariance, { solver })
    })
    const spectrum = values.map((value) => Math.max(0, value))
    const kappa = conditionOf(spectrum.map((value) => value + delta))
    classes.push({ label, samples, kappa, support: supportOf(spectrum) })
  }
  return { classes, skipped: [] }
}
