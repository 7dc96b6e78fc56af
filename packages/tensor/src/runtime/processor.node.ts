// The processor as Node and the system tell of it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { featuresAmong, type Processor } from './processor.ts'

/** The words of the first processor; Linux has them in a file, macOS in the answer of a command. */
function featureWords(): string {
  if (process.platform === 'linux')
    return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
  if (process.platform !== 'darwin') return ''
  if (process.arch === 'arm64') return 'neon'
  const names = ['machdep.cpu.features', 'machdep.cpu.leaf7_features']
  return execFileSync('/usr/sbin/sysctl', ['-n', ...names], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

export function processor(): Processor {
  const name = cpus()[0]?.model.trim().replaceAll(/\s+/g, ' ') ?? ''
  try {
    return { name, features: featuresAmong(featureWords()) }
  } catch {
    return { name, features: [] }
  }
}
