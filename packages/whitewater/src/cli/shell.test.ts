import { describe, expect, it } from 'vitest'
import { failureError } from '../errors.ts'
import { Interrupted } from './failure.ts'
import { withShell } from './shell.ts'

const interruption = { stopping: 'stopping', ends: 'interrupted; nothing was written' }

/** Aborts as Ctrl-C does, without a signal that would reach the test runner. */
const pressCtrlC = (): void => void process.listeners('SIGINT').at(-1)?.('SIGINT')

describe('withShell', () => {
  it('disposes what the work made, the newest first, each whatever the others do', async () => {
    const order: string[] = []
    const made = (name: string) => ({
      dispose() {
        order.push(name)
        if (name === 'newer') throw new Error('newer would not go')
      },
    })
    const work = withShell(undefined, (shell) => {
      shell.own(made('older'))
      shell.own(made('newer'))
    })
    await expect(work).rejects.toThrow('newer would not go')
    expect(order).toEqual(['newer', 'older'])
  })

  it('turns what stops at Ctrl-C into the way it ends, and gives Ctrl-C back', async () => {
    const before = process.listenerCount('SIGINT')
    const work = withShell(interruption, ({ signal }) => {
      pressCtrlC()
      signal.throwIfAborted()
    })
    await expect(work).rejects.toThrow(new Interrupted('interrupted; nothing was written'))
    expect(process.listenerCount('SIGINT')).toBe(before)
  })

  it('still says what went wrong by itself after Ctrl-C', async () => {
    const work = withShell(interruption, () => {
      pressCtrlC()
      throw failureError('the disk is full')
    })
    await expect(work).rejects.toThrow(new Interrupted('the disk is full'))
  })

  it('leaves Ctrl-C alone for work without an interruption', async () => {
    const before = process.listenerCount('SIGINT')
    const during = await withShell(undefined, () => process.listenerCount('SIGINT'))
    expect(during).toBe(before)
  })
})
