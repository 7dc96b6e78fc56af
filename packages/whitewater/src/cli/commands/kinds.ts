// `whitewater kinds`: what each entry of a run can be, with all options; what `--set` takes.
import { Argument, Command } from 'commander'
import type { KindText } from '../../kinds/named-kind.ts'
import { choiceNames, choiceTexts, type ChoiceName } from '../../generator/kinds.ts'
import { flagsOf, oneOf } from '../options.ts'
import { print } from '../output.ts'

/** A kind, and below it its options. */
const kindText = ({ name, about, options }: KindText): string =>
  [
    `  ${name}  ${about}`,
    ...Object.entries(options).map(([option, meaning]) => `      ${option}: ${meaning}`),
  ].join('\n')

const entryText = (name: ChoiceName): string =>
  [`${name}  (--${name} NAME --set ${name}.OPTION=VALUE)`, ...choiceTexts[name].map(kindText)].join('\n')

function act(name: ChoiceName | undefined, _: unknown, command: Command): void {
  const names = name === undefined ? choiceNames : [name]
  const result = Object.fromEntries(names.map((one) => [one, choiceTexts[one]]))
  print(result, names.map(entryText).join('\n\n'), flagsOf(command))
}

export const kinds = (): Command =>
  new Command('kinds')
    .description('list preconditioners, residuals, paths, couplings, times and weights with their options')
    .addArgument(new Argument('[entry]', choiceNames.join(', ')).argParser(oneOf('entry', choiceNames)))
    .action(act)
