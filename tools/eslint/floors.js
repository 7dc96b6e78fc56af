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

/** Floors of packages/tensor/src from the ground up: folders, and files that are a room of their own. */
export const engineFloors = [
  'array',
  'onnx-proto',
  'reliance',
  'graph',
  'tensor',
  'broadcast',
  'emit',
  'simplify',
  'spec',
  'look',
  'operations',
  'gradient',
  'control',
  'in-place',
  'program',
  'export',
  'random',
  'runtime',
  'compile',
  'index',
  'testing',
]

const packages = ['tensor', 'whitewater', 'studio']
const packageNames = ['@whitewater/tensor', 'whitewater', '@whitewater/studio']

/** The house a file of packages/NAME/src stands in and its room there; undefined for files that are in no room. */
function placeOf(path) {
  const parts = path.split(sep)
  const at = parts.lastIndexOf('src')
  if (at < 1) return undefined
  const room = parts[at + 1]
  const isFile = parts.length - at < 3
  if (parts[at - 1] === 'whitewater') return isFile ? undefined : { room, floors }
  // The engine's tests and tables of cases reach for whatever runs them.
  if (parts[at - 1] !== 'tensor' || /\.(test|cases)\.ts$/.test(path)) return undefined
  return { room: isFile ? room.replace(/\.[jt]s$/, '') : room, floors: engineFloors }
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
  const from = placeOf(file)
  const to = placeOf(target)
  if (from === undefined || to === undefined || from.room === to.room) return undefined
  const lost = [from, to].find((place) => !place.floors.includes(place.room))
  if (lost) return `room '${lost.room}' stands on no floor: add it to tools/eslint/floors.js`
  if (from.floors.indexOf(to.room) > from.floors.indexOf(from.room)) {
    return `'${from.room}' may not import '${to.room}', which stands on a higher floor`
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
