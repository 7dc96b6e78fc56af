// The processors that checks run on: this machine's own, and others by qemu's user-mode emulation.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { arch, homedir } from 'node:os'
import { join } from 'node:path'

/** `cpu` is qemu's name of the model; no emulator at hand knows AVX-512, so only a machine that has it checks it. */
export const processors = [
  { name: 'native', arch: arch() },
  { name: 'haswell', arch: 'x64', cpu: 'Haswell-noTSX', about: 'AVX2, no AVX-512' },
  { name: 'nehalem', arch: 'x64', cpu: 'Nehalem', about: 'SSE4.2, no AVX' },
  { name: 'cortex-a72', arch: 'arm64', cpu: 'cortex-a72', about: 'NEON' },
]

/** What Debian calls the architectures, and where it puts the C libraries of a foreign one. */
const debian = {
  x64: {
    qemu: 'qemu-x86_64',
    cross: '/usr/x86_64-linux-gnu',
    loader: 'ld-linux-x86-64.so.2',
    libraries: 'amd64',
  },
  arm64: {
    qemu: 'qemu-aarch64',
    cross: '/usr/aarch64-linux-gnu',
    loader: 'ld-linux-aarch64.so.1',
    libraries: 'arm64',
  },
}

/** The Node that emulated processors of another architecture run. */
const NODE = '20.20.2'

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'whitewater', 'processors')

const onPath = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

/** Node for another architecture, from the npm registry, unpacked once into the cache. */
function foreignNode(architecture) {
  const home = join(cache, `node-${NODE}-${architecture}`)
  const binary = join(home, 'bin/node')
  if (existsSync(binary)) return binary
  const temporary = `${home}.${process.pid}.tmp`
  mkdirSync(temporary, { recursive: true })
  try {
    const name = `node-linux-${architecture}@${NODE}`
    const [{ filename }] = JSON.parse(
      execFileSync('npm', ['pack', name, '--json', '--pack-destination', temporary], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
    execFileSync('tar', ['xzf', join(temporary, filename), '-C', temporary])
    renameSync(join(temporary, 'package'), home)
    return binary
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** ONNX Runtime reads the description of an ARM processor from this file, and crashes on that of another architecture. */
const armDescription = [0, 1]
  .map(
    (at) =>
      `processor\t: ${at}\nBogoMIPS\t: 100.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid\n` +
      'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n',
  )
  .join('\n')

/** A folder that the emulated program sees in place of the root where it has a file. */
function foreignRoot(architecture) {
  const root = join(cache, `root-${architecture}`)
  const { cross } = debian[architecture]
  mkdirSync(root, { recursive: true })
  if (!existsSync(join(root, 'lib'))) symlinkSync(join(cross, 'lib'), join(root, 'lib'))
  if (architecture === 'arm64') {
    mkdirSync(join(root, 'proc'), { recursive: true })
    writeFileSync(join(root, 'proc/cpuinfo'), armDescription)
  }
  return root
}

/**
 * How to run programs on a processor, or why that cannot be had here.
 * @returns {{ command: string[], node: string, loader: string } | { missing: string }}
 */
export function launcher({ cpu, arch: architecture }) {
  const { qemu, cross, loader, libraries } = debian[architecture] ?? {}
  if (cpu === undefined) return { command: [], node: process.execPath, loader: nativeLoader(architecture) }
  if (process.platform !== 'linux' || qemu === undefined)
    return { missing: `no emulation on ${process.platform} ${process.arch}` }
  if (!onPath(qemu)) return { missing: `there is no ${qemu}: install Debian's qemu-user` }
  if (architecture === process.arch)
    return { command: [qemu, '-cpu', cpu], node: process.execPath, loader: nativeLoader(architecture) }
  if (!existsSync(join(cross, 'lib', loader)))
    return {
      missing: `there is no ${cross}/lib/${loader}: install Debian's libc6-${libraries}-cross and libstdc++6-${libraries}-cross`,
    }
  try {
    return {
      command: [qemu, '-cpu', cpu, '-L', foreignRoot(architecture)],
      node: foreignNode(architecture),
      loader: join(cross, 'lib', loader),
    }
  } catch (error) {
    return {
      missing: `cannot lay out Node ${NODE} for ${architecture} in ${cache} (${error.message.split('\n')[0]})`,
    }
  }
}

function nativeLoader(architecture) {
  const { loader } = debian[architecture] ?? {}
  return ['/lib64', '/lib'].map((folder) => join(folder, String(loader))).find(existsSync)
}

/** Bits of the processor's description, as glibc's loader prints what it read from the processor itself. */
const bits = {
  x64: [
    ['avx512f', 'x86.cpu_features.features[0x1].active[0x1]', 16],
    ['avx2', 'x86.cpu_features.features[0x1].active[0x1]', 5],
    ['avx', 'x86.cpu_features.features[0x0].active[0x2]', 28],
    ['sse4_2', 'x86.cpu_features.features[0x0].active[0x2]', 20],
  ],
  arm64: [
    ['neon', 'dl_hwcap', 1],
    ['sve', 'dl_hwcap', 22],
  ],
}

/** The vector extensions that programs see there; asked from the processor, not from what it was told to be. */
export function flagsOf({ arch: architecture }, { command, loader }) {
  if (!loader) return []
  const [program, ...args] = [...command, loader, '--list-diagnostics']
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' })
  const lines = new Map((stdout ?? '').split('\n').map((line) => line.split('=')))
  return (bits[architecture] ?? [])
    .filter(([, key, bit]) => (BigInt(lines.get(key) ?? 0) >> BigInt(bit)) & 1n)
    .map(([name]) => name)
}
