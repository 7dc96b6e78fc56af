import { expect, it } from 'vitest'

/** What is measured is the built library, some of it by its inner files: a renamed one must not wait for the next benchmark. */
it('our side of every case still finds what it measures', async () => {
  const path = new URL('./whitewater.js', import.meta.url).href
  const { cases } = (await import(/* @vite-ignore */ path)) as { cases: Readonly<Record<string, unknown>> } // what it exports
  expect(Object.keys(cases).length).toBeGreaterThan(8)
  expect(Object.values(cases).every((create) => typeof create === 'function')).toBe(true)
})
