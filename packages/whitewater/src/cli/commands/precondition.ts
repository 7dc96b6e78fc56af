// `whitewater precondition fit | apply`: a preconditioner by itself, for use with any other trainer.
import { commandGroup } from '../command.ts'
import { apply } from '../precondition/apply.ts'
import { fit } from '../precondition/fit.ts'

export const precondition = commandGroup('precondition', 'fit a preconditioner, or map samples through one', [
  fit,
  apply,
])
