// The residuals by name. Adding one adds a file and an entry here.
import { namesOf, oneNamed, textsOf } from '../../kinds/named-kind.ts'
import type { Kind, Restore } from '../kind.ts'
import type { Settings } from '../preconditioner.ts'
import type { FittedResidual, Residual } from './residual.ts'
import { gaussianResidualKind } from './gaussian.ts'
import { mixtureResidualKind } from './mixture.ts'

const kinds: readonly Kind<Residual, FittedResidual>[] = [gaussianResidualKind, mixtureResidualKind]

export const residualKinds: readonly string[] = namesOf(kinds)
export const residualTexts = textsOf(kinds)

const kindNamed = (name: string): Kind<Residual, FittedResidual> => oneNamed('residual', kinds, name)

/** @throws WhitewaterError (usage) for a name or an option that there is not */
export const residualNamed = (name: string, options: Settings = {}): Residual => kindNamed(name).make(options)

/** The residual that was saved. @throws WhitewaterError when it is damaged */
export const restoreResidual: Restore<FittedResidual> = (saved) => kindNamed(saved.kind).restore(saved)
