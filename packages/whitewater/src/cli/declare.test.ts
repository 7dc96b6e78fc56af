import { describe, expect, expectTypeOf, it } from 'vitest'
import { command, type Answer } from './command.ts'
import { argument, defaultOption, offSwitch, onSwitch, option, restArgument } from './declare.ts'
import { collect, listOf, text, whole } from './readers.ts'

/** What a command is given for these words. */
async function givenFor(...words: string[]): Promise<unknown> {
  let seen: unknown
  const probe = command({
    name: 'probe',
    about: 'keeps what it is given',
    arguments: { run: argument('a run'), more: restArgument('others') },
    options: {
      solverSteps: option('<n>', 'steps', whole(1), '-s'),
      device: defaultOption('<name>', 'where', text, 'cpu'),
      rows: option('<names>', 'some', listOf(text)),
      merge: option('<folder>', 'several', collect),
      quick: onSwitch('faster'),
      report: offSwitch('no page'),
    },
    run(given, flags): Answer | void {
      expectTypeOf(given).toEqualTypeOf<{ readonly run: string; readonly more: readonly string[] }>()
      expectTypeOf(flags.solverSteps).toEqualTypeOf<number | undefined>()
      expectTypeOf(flags.device).toEqualTypeOf<string>()
      expectTypeOf(flags.merge).toEqualTypeOf<readonly string[] | undefined>()
      seen = { ...given, ...flags }
    },
  })
  await probe().parseAsync(words, { from: 'user' })
  return seen
}

describe('a declared command', () => {
  it('finds its arguments and options by the names of its tables, as their readers made them', async () => {
    const words = '-s 5 --rows a,b --merge x --quick r --merge y --no-report s t'.split(' ')
    expect(await givenFor(...words)).toEqual({
      run: 'r',
      more: ['s', 't'],
      solverSteps: 5,
      device: 'cpu',
      rows: ['a', 'b'],
      merge: ['x', 'y'],
      quick: true,
      report: false,
    })
  })

  it('finds defaults and nothing else where nothing is given', async () => {
    expect(await givenFor('r')).toEqual({ run: 'r', more: [], device: 'cpu', report: true })
  })
})
