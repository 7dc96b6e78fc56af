// The tests of one operations file: its table of cases, which must name every operation that the file exports.
import { describe, expect, it } from 'vitest'
import { faultsOf, type Cases } from './gradcheck.ts'

/**
 * Checks every case, and that the table is complete.
 * @param helpers exports that are no operations
 */
export function checkFamily(
  exported: Readonly<Record<string, unknown>>,
  cases: Cases,
  helpers: readonly string[] = [],
): void {
  it('has cases for every exported operation', () => {
    const operations = Object.keys(exported).filter((name) => !helpers.includes(name))
    expect(Object.keys(cases).sort()).toEqual(operations.sort())
  })
  for (const [name, list] of Object.entries(cases)) {
    describe(name, () => {
      list.forEach((test, index) => {
        it(`${test.name ?? `case ${index + 1}`}: value and gradients`, async () =>
          expect(await faultsOf(test)).toEqual([]))
      })
    })
  }
}
