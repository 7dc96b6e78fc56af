// A Python with PyTorch for --with-pytorch: WHITEWATER_PYTORCH_PYTHON, or a virtual environment made once in the user's cache.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const installer = fileURLToPath(new URL('../peers/pytorch/install.py', import.meta.url))

/**
 * @param {(line: string) => void} log progress, for people
 * @returns {{ python: string } | { unavailable: string }}
 */
export function pythonWithTorch(log) {
  const own = process.env.WHITEWATER_PYTORCH_PYTHON
  if (own) return { python: own }
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'whitewater', 'pytorch-venv')
  const python = join(
    folder,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  )
  const marker = join(folder, 'installed-by')
  const recipe = readFileSync(installer, 'utf8')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === recipe) return { python }

  log(`Installing PyTorch into ${folder} (once; on Linux about 2.5 GB to download, 4.6 GB on disk) ...`)
  mkdirSync(folder, { recursive: true })
  const base = process.platform === 'win32' ? 'python' : 'python3'
  for (const [command, args] of [
    [base, ['-m', 'venv', folder]],
    [python, [installer]],
  ]) {
    const { status, error } = spawnSync(command, args, {
      stdio: ['ignore', process.stderr.fd, process.stderr.fd],
    })
    if (status !== 0)
      return { unavailable: `${command} ${args[0]} failed (${error?.message ?? `exit ${status}`})` }
  }
  writeFileSync(marker, recipe)
  return { python }
}
