// The preconditioners by name. Adding one adds a file and an entry here.
import { unknownName, usageError } from '../errors.ts'
import { textsOf, type KindText } from '../kinds/named-kind.ts'
import { autoKind, type AutoOptions } from './auto/auto.ts'
import { blocksKind } from './linear/blocks.ts'
import { chain, link, restoreChain, settingsOfParts } from './chain.ts'
import { choleskyKind } from './linear/cholesky.ts'
import { choleskyPrecisionKind } from './linear/cholesky-precision.ts'
import { prefix } from './classes/class-parts.ts'
import { dctKind } from './linear/dct.ts'
import { flowKind } from './trained/flow.ts'
import { identityKind } from './linear/identity.ts'
import type { Kind, Restore } from './kind.ts'
import { lowRankKind } from './linear/low-rank.ts'
import { mixtureKindOf, mixturePrefix } from './mixture/mixture.ts'
import { pcaKind } from './linear/pca.ts'
import { pcaCorKind } from './linear/pca-cor.ts'
import { classPreconditioner, poolOption, restorePerClass } from './classes/per-class.ts'
import type { Preconditioner, Settings } from './preconditioner.ts'
import { realNvpKind } from './trained/real-nvp.ts'
import { standardiseKind } from './linear/standardise.ts'
import { zcaKind } from './linear/zca.ts'
import { zcaCorKind } from './linear/zca-cor.ts'

/** Every kind, a line each. Names also combine: `class-zca` is zca a class, `zca+real-nvp` one after the other. */
const kinds: readonly Kind[] = [
  identityKind,
  standardiseKind,
  zcaKind,
  zcaCorKind,
  pcaKind,
  pcaCorKind,
  choleskyKind,
  choleskyPrecisionKind,
  lowRankKind,
  blocksKind,
  dctKind,
  mixtureKindOf(zcaKind),
  realNvpKind,
  flowKind,
]

/** The kinds, and those that are useful a class. */
const maps: readonly string[] = [
  ...kinds.map(({ name }) => name),
  ...['standardise', 'zca'].map((name) => prefix + name),
]

const isTrained = (name: string): boolean => kinds.some((kind) => kind.name === name && kind.trained)

/** Those that are fitted in closed form, without training, simplest first. */
export const closedFormKinds: readonly string[] = maps.filter((name) => !isTrained(name))

/** Those that see samples as images. */
export const imageKinds: readonly string[] = kinds.flatMap(({ name, images }) => (images ? [name] : []))

/** What `auto` chooses among. */
function candidatesFor({ candidates, trained = false }: AutoOptions): readonly Preconditioner[] {
  const names =
    candidates?.split(',').map((name) => name.trim()) ??
    (trained ? [...closedFormKinds, ...maps.filter(isTrained)] : closedFormKinds)
  return names.map((name) => preconditioner(name))
}

const auto: Kind = autoKind(candidatesFor)

/** What lists and messages offer. */
export const preconditionerKinds: readonly string[] = [...maps, auto.name]

/** All kinds with their options, and how names combine. */
export const preconditionerTexts: readonly KindText[] = [
  ...textsOf([...kinds, auto]),
  {
    name: `${prefix}NAME`,
    about: 'NAME, one a class (F.2)',
    options: { pool: poolOption.description ?? '', OPTION: 'those of NAME' },
  },
  {
    name: `${mixturePrefix}NAME`,
    about: 'linear NAME, one a component that it finds (F.2)',
    options: { OPTION: `those of ${mixturePrefix}zca, and of NAME` },
  },
  {
    name: `A${link}B`,
    about: 'B after A, fitted to what A leaves',
    options: { '0.OPTION': 'one of A', '1.OPTION': 'one of B, such as 1.floor' },
  },
]

const kindNamed = (name: string): Kind => {
  const found = [...kinds, auto].find((kind) => kind.name === name)
  if (found) return found
  if (name === mixturePrefix)
    throw usageError(`'${name}' names no map: write ${mixturePrefix}NAME, such as ${mixturePrefix}zca`)
  if (name.startsWith(mixturePrefix)) return mixtureKindOf(kindNamed(name.slice(mixturePrefix.length)))
  throw unknownName('preconditioner', name, preconditionerKinds)
}

/** The kind inside `class-...`; undefined for other names. @throws WhitewaterError (usage) for `class-auto` */
function innerOf(name: string): string | undefined {
  if (!name.startsWith(prefix) || kinds.some((kind) => kind.name === name)) return undefined
  const inner = name.slice(prefix.length)
  if (inner === '') throw usageError(`'${name}' names no map: write ${prefix}NAME, such as ${prefix}zca`)
  if (inner.startsWith(prefix))
    throw usageError(`${name}: a map a class is not divided into classes again: write ${inner}`)
  if (inner === auto.name)
    throw usageError(
      `${name}: each class would choose a kind of its own, which cannot be saved as one map: choose auto with candidates such as 'class-standardise, class-zca'`,
    )
  return inner
}

/** The names in a chain's. */
function partsNamed(name: string): readonly string[] {
  const parts = name.split(link)
  if (parts.length > 1 && parts.includes(''))
    throw usageError(`'${name}' lacks a map beside a ${link}: write A${link}B, such as zca${link}real-nvp`)
  return parts
}

/**
 * A preconditioner by its name: 'zca'; 'class-zca' (one map a class); 'zca+real-nvp' (one after the other, options numbered:
 * `1.width`).
 * @throws WhitewaterError (usage) for a name or an option that there is not
 */
export function preconditioner(name: string, options: Settings = {}): Preconditioner {
  if (name.includes(link)) {
    const own = settingsOfParts(name, options)
    return chain(...partsNamed(name).map((part, at) => preconditioner(part, own[at])))
  }
  const inner = innerOf(name)
  return inner === undefined
    ? kindNamed(name).make(options)
    : classPreconditioner(options, (own) => preconditioner(inner, own))
}

/** @throws WhitewaterError (usage) for a name that `preconditioner` would refuse */
export function checkPreconditioner(name: string): string {
  partsNamed(name).forEach((part) => kindNamed(innerOf(part) ?? part))
  return name
}

function restoreOf(name: string): Restore {
  if (name.includes(link)) return restoreChain(restoreOf)
  const inner = innerOf(name)
  return inner === undefined ? kindNamed(name).restore : restorePerClass(restoreOf(inner))
}

/** The map that was saved. @throws WhitewaterError when it is damaged */
export const restorePreconditioner: Restore = (saved, engine) => restoreOf(saved.kind)(saved, engine)
