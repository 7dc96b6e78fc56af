// The tables of cases of all operations, a file of operations each; complete.test.ts holds that none is missing.
import { cases as attention } from '../operations/attention.cases.ts'
import { cases as compare } from '../operations/compare.cases.ts'
import { cases as conv } from '../operations/conv.cases.ts'
import { cases as elementwise } from '../operations/elementwise.cases.ts'
import { cases as lookup } from '../operations/lookup.cases.ts'
import { cases as matmul } from '../operations/matmul.cases.ts'
import { cases as normalise } from '../operations/normalise.cases.ts'
import { cases as pool } from '../operations/pool.cases.ts'
import { cases as reduce } from '../operations/reduce.cases.ts'
import { cases as resize } from '../operations/resize.cases.ts'
import { cases as shape } from '../operations/shape.cases.ts'
import { cases as smallest } from '../operations/smallest.cases.ts'
import { cases as softmax } from '../operations/softmax.cases.ts'
import type { Cases } from './gradcheck.ts'

export const tables: Readonly<Record<string, Cases>> = {
  attention,
  compare,
  conv,
  elementwise,
  lookup,
  matmul,
  normalise,
  pool,
  reduce,
  resize,
  shape,
  smallest,
  softmax,
}
