// The runs of the theory experiment beside what is predicted of them: the law, and each descent.
import { gaussianCovariance } from '../../data/toy/gaussian.ts'
import { matrix } from '../../linalg/matrix.ts'
import { bestContraction, bestStepSize, exactSteps, gradientDescentSteps } from '../../theory/descent.ts'
import { gaussianOf, pathCondition, pathEigenvalues, type Gaussian } from '../../theory/gaussian.ts'
import { whitenedLaw } from '../../theory/preconditioned.ts'
import type { Cell, Measured } from '../runner/experiment.ts'
import type { TheoryResult, TheorySettings } from './settings.ts'

/** The law that predictions are made of: of the data, or N(0, I) under whitening, in the eigendirections of the data. */
export function lawOf({ seed, settings }: Cell<TheorySettings>): Gaussian {
  const { dimension, conditionNumber, kind } = settings
  const law = gaussianOf(
    matrix(dimension, dimension, gaussianCovariance({ dimension, conditionNumber, seed }).data),
  )
  return kind === 'none' ? law : whitenedLaw(law)
}

export type Run = Measured<TheorySettings, TheoryResult>

/** Eigenvalues of what is matched, descending. */
export const spectrumOf = (run: Run): Float64Array => lawOf(run).eigen.values

/** Everything predicted of one descent, and what was measured. */
export function descentsOf(run: Run) {
  const { settings, result } = run
  const eigenvalues = spectrumOf(run)
  return result.descents.map((measured) => {
    const modes = pathEigenvalues(eigenvalues, measured.t)
    const kappa = pathCondition(eigenvalues, measured.t)
    return {
      ...measured,
      conditionNumber: settings.conditionNumber,
      kind: settings.kind,
      kappa,
      stepSize: bestStepSize(modes),
      contraction: bestContraction(kappa),
      sufficient: gradientDescentSteps(kappa, settings.epsilon),
      exact: exactSteps(bestContraction(kappa), settings.epsilon),
    }
  })
}

export type Descent = ReturnType<typeof descentsOf>[number]
