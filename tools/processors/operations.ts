// Every operation of the engine against float64 loops, and convolutions by each kind of kernels against sums.
import type { Trust } from '../../packages/tensor/src/reliance.ts'
import { convErrors, partBlocks, typical } from '../../packages/tensor/src/testing/convolution.ts'
import { faultsOf, type Cases } from '../../packages/tensor/src/testing/gradcheck.ts'
import { cases as attention } from '../../packages/tensor/src/operations/attention.cases.ts'
import { cases as compare } from '../../packages/tensor/src/operations/compare.cases.ts'
import { cases as conv } from '../../packages/tensor/src/operations/conv.cases.ts'
import { cases as elementwise } from '../../packages/tensor/src/operations/elementwise.cases.ts'
import { cases as lookup } from '../../packages/tensor/src/operations/lookup.cases.ts'
import { cases as matmul } from '../../packages/tensor/src/operations/matmul.cases.ts'
import { cases as normalise } from '../../packages/tensor/src/operations/normalise.cases.ts'
import { cases as pool } from '../../packages/tensor/src/operations/pool.cases.ts'
import { cases as reduce } from '../../packages/tensor/src/operations/reduce.cases.ts'
import { cases as resize } from '../../packages/tensor/src/operations/resize.cases.ts'
import { cases as shape } from '../../packages/tensor/src/operations/shape.cases.ts'
import { cases as smallest } from '../../packages/tensor/src/operations/smallest.cases.ts'
import { cases as softmax } from '../../packages/tensor/src/operations/softmax.cases.ts'

export interface Section {
  readonly name: string
  readonly checks: number
  /** A line each. */
  readonly faults: readonly string[]
  readonly seconds: number
  /** To be compared between processors. */
  readonly numbers?: Readonly<Record<string, readonly number[]>>
}

export type Checked = Omit<Section, 'name' | 'seconds'>

/** A table an operations file; operations.test.ts holds that none is missing. */
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

const short = (line: string): string => (line.length > 160 ? `${line.slice(0, 160)} ...` : line)

export async function checkOperations(): Promise<Checked> {
  const faults: string[] = []
  let checks = 0
  for (const [family, cases] of Object.entries(tables)) {
    for (const [operation, list] of Object.entries(cases)) {
      for (const [at, test] of list.entries()) {
        checks++
        const found = await faultsOf(test).catch((error: unknown) => [String(error)])
        const title = `${family}: ${operation}, ${test.name ?? `case ${at + 1}`}`
        faults.push(...found.map((line) => short(`${title}: ${line}`)))
      }
    }
  }
  return { checks, faults }
}

/** Sums over hundreds of products in float32 stay far below this. */
const TOLERANCE = 1e-5

export async function checkConvolutions(trust: Trust, quick: boolean): Promise<Checked> {
  const cases = quick ? partBlocks : [...typical, ...partBlocks]
  const faults: string[] = []
  for (const of of cases) {
    const title = `x [${of.x.join()}], weight [${of.w.join()}], stride ${of.stride}, padding ${of.padding}`
    for (const [pass, error] of Object.entries(await convErrors(of, { trust })))
      if (!(error < TOLERANCE)) faults.push(`${title}: ${pass} is off by ${error.toPrecision(2)}`)
  }
  return { checks: 4 * cases.length, faults }
}
