// Lint rule: the files of a package import each other in one direction. An import that closes a circle is reported, one of
// types too: whoever reads one of the files would have to read all of them.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { manifestOf, sourceOf } from './manifest.js'

/** All files that a package may mean by one of its own names (#platform): one for each place it runs in. */
function filesNamed(meaning, folder) {
  if (typeof meaning === 'string') return [resolve(folder, meaning)]
  return Object.values(meaning ?? {}).flatMap((inner) => filesNamed(inner, folder))
}

/** The import graph of a package: the files that each file imports. */
function read(source) {
  const folder = dirname(source)
  const { imports = {} } = manifestOf(source)
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(source, name))
  const known = new Set(files)
  const targets = (file, name) => {
    const all = name.startsWith('.') ? [resolve(dirname(file), name)] : filesNamed(imports[name], folder)
    return all.filter((target) => known.has(target))
  }
  const namesIn = (file) =>
    ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName)
  const graph = new Map(
    files.map((file) => [file, [...new Set(namesIn(file).flatMap((name) => targets(file, name)))]]),
  )
  return { graph, targets }
}

const packages = new Map()

/** Each package is read once in a process. */
function packageAt(source) {
  const known = packages.get(source) ?? read(source)
  packages.set(source, known)
  return known
}

/** The files on a shortest way from one file to another, both included; undefined where there is none. */
function way(graph, from, to) {
  const before = new Map([[from, undefined]])
  for (const file of before.keys()) {
    if (file === to) {
      const files = []
      for (let at = to; at !== undefined; at = before.get(at)) files.unshift(at)
      return files
    }
    for (const next of graph.get(file) ?? []) if (!before.has(next)) before.set(next, file)
  }
  return undefined
}

function problem(file, name) {
  const source = sourceOf(file)
  if (source === undefined) return undefined
  const { graph, targets } = packageAt(source)
  for (const target of targets(file, name)) {
    const back = way(graph, target, file)
    if (back) return `circle: ${[file, ...back].map((one) => relative(source, one)).join(' -> ')}`
  }
  return undefined
}

export const circlesRule = {
  meta: {
    type: 'problem',
    docs: { description: 'the files of a package import in one direction' },
    schema: [],
  },
  create(context) {
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return
      const message = problem(context.filename, node.source.value)
      if (message) context.report({ node: node.source, message })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    }
  },
}
