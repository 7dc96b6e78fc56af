// Conditioning within each class: on mixtures the worst component sets the pace (Theorem 3.9, Cor. 3.10).
import { sizeOf } from '@whitewater/tensor'
import type { SampleBlocks } from '../../data/sample-blocks.ts'
import { conditionOf } from '../../linalg/roots.ts'
import { classCounts, DEFAULT_DELTA, spectrumOfClass } from '../conditioning.ts'
import type { ClassDiagnosis, DiagnoseOptions, Diagnosis } from './result.ts'
import { through } from './passes.ts'
import { supportOf } from './sampling.ts'
import type { Stopwatch } from './stages.ts'

/** Classes x d^3 beyond which their eigenvalues would take longer than all the rest. */
const MOST_EIGEN_PRODUCTS = 2e11

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
  { delta = DEFAULT_DELTA, engine, solver }: DiagnoseOptions,
): Promise<ClassConditioning> {
  const d = sizeOf(data.shape.slice(1))
  if (!data.labels) return { skipped: [] }
  const counts = classCounts(data, 1)
  if (counts.length * d ** 3 > MOST_EIGEN_PRODUCTS) {
    const reason = `${counts.length} classes in ${d} dimensions would take longer than all the rest`
    return { skipped: [{ kind: 'each class by itself', reason }] }
  }
  const classes: ClassDiagnosis[] = []
  for (const [label, samples] of counts.entries()) {
    if (samples < 2) continue
    const spectrum = await watch.stage(`class ${label} of ${counts.length}`, (count) =>
      spectrumOfClass(through(data, count(data)), label, { engine, solver }),
    )
    const kappa = conditionOf(spectrum.map((value) => value + delta))
    classes.push({ label, samples, kappa, support: supportOf(spectrum) })
  }
  return { classes, skipped: [] }
}
