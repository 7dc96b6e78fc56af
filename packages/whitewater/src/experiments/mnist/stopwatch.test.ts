import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { stopwatch } from './stopwatch.ts'

it('counts the time between go and stop alone, onto what was spent before', async () => {
  const watch = stopwatch({ cpu: 10, wall: 100 })
  watch.go()
  await setTimeout(5)
  watch.stop()
  const spent = watch.spent()
  expect(spent.wall).toBeGreaterThan(100.004)
  await setTimeout(5)
  expect(watch.spent()).toEqual(spent)
  watch.go()
  await setTimeout(5)
  expect(watch.spent().wall).toBeGreaterThan(spent.wall)
  expect(watch.spent().cpu).toBeGreaterThanOrEqual(spent.cpu)
})
