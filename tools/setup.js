// Makes a checkout ready: installs when the lockfile changed, builds when a source changed. Nothing else.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Node ${process.versions.node} is too old: Whitewater needs Node 20.19 or newer.\n`)
  process.exit(1)
}

function run(step, command, args) {
  process.stderr.write(`setup: ${step}\n`)
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (done.status !== 0) {
    process.stderr.write(`setup: \`${command} ${args.join(' ')}\` failed (see above)\n`)
    process.exit(1)
  }
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesUnder(path) : [path]
    })
}

function digest(paths) {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(path).update(readFileSync(path))
  return hash.digest('hex')
}

// The peers that `npm run bench` compares with are large: only it asks for them, with the argument `bench`.
const everything = process.argv.includes('bench')
const lock = join(root, 'package-lock.json')
const installed = join(root, 'node_modules/.whitewater-installed')
const wanted = digest([lock])
const have = existsSync(installed) ? readFileSync(installed, 'utf8').split(' ') : []
if (have[0] !== wanted || (everything && have[1] !== 'all')) {
  const parts = everything
    ? []
    : ['--workspace=packages/tensor', '--workspace=packages/whitewater', '--include-workspace-root']
  run('installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...parts])
  writeFileSync(installed, `${wanted} ${everything ? 'all' : 'base'}`)
}

for (const name of ['tensor', 'whitewater']) {
  const home = join(root, 'packages', name)
  if (!existsSync(join(home, 'src')) || !statSync(join(home, 'src')).isDirectory()) continue
  const sources = filesUnder(join(home, 'src')).filter(
    (path) => !/\.(test|cases)\.ts$|[\\/]testing[\\/]/.test(path),
  )
  const key = digest([...sources, join(home, 'package.json'), join(home, 'tsdown.config.ts'), lock])
  const stamp = join(home, 'dist/.built')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) continue
  run(`building ${name}`, 'npm', ['run', 'build', '--silent', '--workspace', `packages/${name}`])
  writeFileSync(stamp, key)
}
