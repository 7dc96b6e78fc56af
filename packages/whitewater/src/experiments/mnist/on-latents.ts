// What every experiment on the latents of images has in common, but for its grid and its page.
import type { Measuring } from '../runner/experiment.ts'
import { measure } from './measure.ts'
import { folderParts, type LatentRequest } from './options.ts'
import { prepare } from './prepare.ts'
import { preparedSchema, resultSchema } from './result.ts'
import { planOf } from './settings.ts'
import { checkTerms } from './terms.ts'

export const onLatents = {
  takesData: true,
  ownData: 'mnist',
  folderParts,
  prepare: (request: LatentRequest, measuring: Measuring) => prepare(planOf(request), measuring),
  prepared: preparedSchema,
  measure,
  result: resultSchema,
  check: checkTerms,
}
