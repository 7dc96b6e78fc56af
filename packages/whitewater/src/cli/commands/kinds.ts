// `whitewater kinds`: what each entry of a run can be, with all options; what `--set` takes.
import type { KindText } from '../../kinds/named-kind.ts'
import { choiceNames, choiceTexts, type ChoiceName } from '../../generator/kinds.ts'
import { command } from '../command.ts'
import { optionalArgument } from '../declare.ts'
import { oneOf } from '../readers.ts'

/** A kind, and below it its options. */
const kindText = ({ name, about, options }: KindText): string =>
  [
    `  ${name}  ${about}`,
    ...Object.entries(options).map(([option, meaning]) => `      ${option}: ${meaning}`),
  ].join('\n')

const entryText = (name: ChoiceName): string =>
  [`${name}  (--${name} NAME --set ${name}.OPTION=VALUE)`, ...choiceTexts[name].map(kindText)].join('\n')

export const kinds = command({
  name: 'kinds',
  about: 'list preconditioners, residuals, paths, couplings, times and weights with their options',
  arguments: { entry: optionalArgument(choiceNames.join(', '), oneOf('entry', choiceNames)) },
  run({ entry }) {
    const names = entry === undefined ? choiceNames : [entry]
    return {
      result: Object.fromEntries(names.map((name) => [name, choiceTexts[name]])),
      text: names.map(entryText).join('\n\n'),
    }
  },
})
