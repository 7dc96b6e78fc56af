// What repeated runs tell from chance, by one rule in all experiments.
import type { Spread } from './observe.ts'

export type Verdict = 'lower' | 'higher' | 'same'

/** Whether two means differ by more than either of them does between seeds; one seed tells nothing. */
export const told = (a: Spread, b: Spread): boolean =>
  a.count > 1 && b.count > 1 && Math.abs(a.mean - b.mean) > Math.max(a.deviation, b.deviation)

/** With a single seed on either side nothing is told from chance; the verdict is then only which mean is lower. */
export function verdictOn(own: Spread, base: Spread): Verdict {
  const single = own.count < 2 || base.count < 2
  if (own.mean === base.mean || (!single && !told(own, base))) return 'same'
  return own.mean < base.mean ? 'lower' : 'higher'
}
