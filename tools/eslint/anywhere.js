// Lint rule: what browsers load of a package imports nothing that only Node has, not even lazily. Followed from the package's entry
// as a browser resolves it; imports of types do not count, since nothing of them is left when the code runs.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { manifestOf, sourceOf } from './manifest.js'

const conditions = ['source', 'browser', 'import', 'default']

/** Globals of Node that browsers lack. */
const globals = ['process', 'Buffer', 'require', '__dirname', '__filename', 'setImmediate']

/** What a browser takes for an entry of `exports` or `imports`: the first of its conditions that holds. */
function inBrowser(meaning) {
  if (typeof meaning === 'string' || meaning === undefined) return meaning
  const condition = Object.keys(meaning).find((name) => conditions.includes(name))
  return inBrowser(meaning[condition])
}

/** The modules that a file asks for when it runs: what it imports, exports from elsewhere, or imports lazily. */
function modulesOf(file) {
  const modules = []
  const visit = (node) => {
    const declares = ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
    const isType = node.isTypeOnly || node.importClause?.isTypeOnly
    if (declares && node.moduleSpecifier && !isType) modules.push(node.moduleSpecifier.text)
    const isLazy = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    if (isLazy && ts.isStringLiteralLike(node.arguments[0])) modules.push(node.arguments[0].text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest))
  return modules
}

/** For each file that browsers load, the one that it was reached from first. */
function read(source) {
  const folder = dirname(source)
  const { exports = {}, imports = {} } = manifestOf(source)
  const entry = inBrowser(exports['.'])
  const from = new Map()
  const reach = (file, by) => {
    if (file.endsWith('.ts') && existsSync(file) && !from.has(file)) from.set(file, by)
  }
  if (entry !== undefined) reach(join(folder, entry), undefined)
  for (const file of from.keys()) {
    for (const name of modulesOf(file)) {
      const own = inBrowser(imports[name])
      if (name.startsWith('.')) reach(resolve(dirname(file), name), file)
      else if (own !== undefined) reach(join(folder, own), file)
    }
  }
  return from
}

const packages = new Map()

/** Each package is read once in a process. */
function loadedOf(source) {
  const known = packages.get(source) ?? read(source)
  packages.set(source, known)
  return known
}

function wayTo(file, loaded) {
  const way = []
  for (let at = file; at !== undefined; at = loaded.get(at)) way.unshift(relative(sourceOf(file), at))
  return way.join(' -> ')
}

const packageOf = (name) => (name.startsWith('@') ? name.split('/', 2).join('/') : name.split('/', 1)[0])

export const anywhereRule = {
  meta: {
    type: 'problem',
    docs: { description: 'what browsers load imports nothing that only Node has' },
    // Packages that run in browsers too.
    schema: [{ type: 'array', items: { type: 'string' } }],
  },
  create(context) {
    const file = context.filename
    const source = sourceOf(file)
    const loaded = source === undefined ? new Map() : loadedOf(source)
    if (!loaded.has(file)) return {}
    const [allowed = []] = context.options
    const refuse = (node, what) =>
      context.report({
        node,
        message: `browsers load this file (${wayTo(file, loaded)}) and have no ${what}: put it behind #platform`,
      })
    const check = (node) => {
      const name = node.source?.value
      if (typeof name !== 'string' || /^[.#]/.test(name)) return
      if (node.importKind === 'type' || node.exportKind === 'type') return
      if (!allowed.includes(packageOf(name))) refuse(node.source, name)
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      'Program:exit'(node) {
        for (const { identifier } of context.sourceCode.getScope(node).through) {
          if (globals.includes(identifier.name)) refuse(identifier, identifier.name)
        }
      },
    }
  },
}
