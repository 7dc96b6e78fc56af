// Lint rule: a room imports only from the floors below it, and packages depend in one direction.
import { dirname, relative, resolve, sep } from 'node:path'

/** Floors of packages/whitewater/src from the ground up; see docs/architecture.md. */
export const floors = [
  'kinds',
  'linalg',
  'data',
  'nn',
  'flow',
  'training',
  'autoencoder',
  'precondition',
  'generator',
  'theory',
  'metrics',
  'report',
  'runs',
  'experiments',
  'cli',
]

const packages = ['tensor', 'whitewater', 'studio']
const packageNames = ['@whitewater/tensor', 'whitewater', '@whitewater/studio']

/** The room a file of packages/whitewater/src stands in; undefined for index.ts and for other packages. */
function roomOf(path) {
  const parts = path.split(sep)
  const at = parts.lastIndexOf('src')
  if (at < 1 || parts[at - 1] !== 'whitewater' || parts.length - at < 3) return undefined
  return parts[at + 1]
}

function packageOf(path) {
  const parts = path.split(sep)
  const at = parts.lastIndexOf('packages')
  return at < 0 ? undefined : parts[at + 1]
}

function problem(file, source) {
  const own = packages.indexOf(packageOf(file))
  const named = packageNames.findIndex((name) => source === name || source.startsWith(`${name}/`))
  if (own >= 0 && named > own)
    return `packages/${packages[own]} may not import ${source}: packages depend downwards only`
  if (!source.startsWith('.')) return undefined
  const target = resolve(dirname(file), source)
  const targetPackage = packageOf(target)
  if (own >= 0 && targetPackage !== packages[own]) {
    return `import ${relative(dirname(file), target)} leaves its package: import the package by name`
  }
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === undefined || to === undefined || from === to) return undefined
  if (!floors.includes(from)) return `room '${from}' stands on no floor: add it to tools/eslint/floors.js`
  if (!floors.includes(to)) return `room '${to}' stands on no floor: add it to tools/eslint/floors.js`
  if (floors.indexOf(to) > floors.indexOf(from)) {
    return `'${from}' may not import '${to}', which stands on a higher floor`
  }
  return undefined
}

export const floorsRule = {
  meta: { type: 'problem', docs: { description: 'imports go down the floors of the house' }, schema: [] },
  create(context) {
    const check = (node) => {
      if (!node.source || typeof node.source.value !== 'string') return
      const message = problem(context.filename, node.source.value)
      if (message) context.report({ node: node.source, message })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    }
  },
}
