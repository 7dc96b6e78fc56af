// `whitewater kinds`: what is chosen by name, with all options, and where each is chosen.
import { kindLists, type KindListName } from '../../generator/kinds.ts'
import type { KindText } from '../../kinds/named-kind.ts'
import { command } from '../command.ts'
import { optionalArgument } from '../declare.ts'
import { oneOf } from '../readers.ts'

const entries = Object.keys(kindLists) as readonly KindListName[] // the keys of a literal

/** A kind, and below it its options. */
const kindText = ({ name, about, options }: KindText): string =>
  [
    `  ${name}  ${about}`,
    ...Object.entries(options).map(([option, meaning]) => `      ${option}: ${meaning}`),
  ].join('\n')

const entryText = (name: KindListName): string =>
  [`${name}  (${kindLists[name].how})`, ...kindLists[name].kinds.map(kindText)].join('\n')

export const kinds = command({
  name: 'kinds',
  about: 'list what is chosen by name, preconditioners, networks, paths, solvers and more, with all options',
  arguments: { entry: optionalArgument(entries.join(', '), oneOf('entry', entries)) },
  run({ entry }) {
    const names = entry === undefined ? entries : [entry]
    return {
      result: Object.fromEntries(names.map((name) => [name, kindLists[name].kinds])),
      text: names.map(entryText).join('\n\n'),
    }
  },
})
