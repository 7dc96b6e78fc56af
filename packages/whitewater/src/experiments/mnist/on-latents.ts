// What every experiment on the latents of images has in common, but for its grid and its page.
import type { Measuring, Request } from '../runner/experiment.ts'
import { planOf } from './budgets.ts'
import { measure } from './measure.ts'
import { prepare } from './prepare.ts'
import { preparedSchema, resultSchema } from './result.ts'
import { checkTerms } from './terms.ts'

export const onLatents = {
  takesData: true,
  ownData: 'mnist',
  prepare: (request: Request, measuring: Measuring) => prepare(planOf(request), measuring),
  prepared: preparedSchema,
  measure,
  result: resultSchema,
  check: checkTerms,
}
