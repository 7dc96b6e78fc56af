// Every operation of the engine against float64 loops, and convolutions by each kind of kernels against sums.
import type { Trust } from '../../packages/tensor/src/reliance.ts'
import { convErrors, partBlocks, typical } from '../../packages/tensor/src/testing/convolution.ts'
import { faultsOf } from '../../packages/tensor/src/testing/gradcheck.ts'
import { tables } from '../../packages/tensor/src/testing/tables.ts'

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
