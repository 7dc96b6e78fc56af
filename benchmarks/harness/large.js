// Data larger than memory should hold, of a known spectrum, and commands on it with their time and peak memory.
import { Buffer } from 'node:buffer'
import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { randomStream } from '@whitewater/tensor'

const script = fileURLToPath(new URL('../../packages/whitewater/bin/whitewater.js', import.meta.url))

/** Variances of the data, from 10 down to 10 / KAPPA in equal ratios. */
const KAPPA = 1e4
export const LIMITS = { seconds: 600, gib: 8 }

export const log = (line) => process.stderr.write(`${line}\n`)

export const varianceAt = (j, d) => 10 * KAPPA ** (-j / (d - 1))

/** A unit vector: x - 2 v (v.x) turns the axes, so that no eigenvector is one. */
function reflector(seed, d) {
  const v = Float64Array.from(randomStream(seed).normal(d))
  const norm = Math.hypot(...v)
  return v.map((value) => value / norm)
}

function npyHeader(samples, d) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${samples}, ${d}), }`
  const header = Buffer.alloc(128, 0x20)
  Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]).copy(header)
  header.write(text, 10)
  header[127] = 0x0a
  return header
}

/** Writes N(3, Sigma) samples, Sigma = R diag(variances) R for a reflection R. */
export async function makeData(path, samples, d, seed) {
  const stream = randomStream(seed)
  const v = reflector(seed + 1, d)
  const deviations = Float64Array.from({ length: d }, (_, j) => Math.sqrt(varianceAt(j, d)))
  const file = await open(path, 'w')
  await file.write(npyHeader(samples, d))
  const rows = 1000
  for (let start = 0; start < samples; start += rows) {
    const count = Math.min(rows, samples - start)
    const x = stream.normal(count * d)
    for (let i = 0; i < count; i++) {
      const row = x.subarray(i * d, (i + 1) * d)
      let dot = 0
      for (let j = 0; j < d; j++) dot += v[j] * (row[j] *= deviations[j])
      for (let j = 0; j < d; j++) row[j] += 3 - 2 * dot * v[j]
    }
    await file.write(Buffer.from(x.buffer, x.byteOffset, x.byteLength))
    if (start % 10_000 === 0) log(`data: ${start} of ${samples} samples`)
  }
  await file.close()
}

/** Runs a command of ours as users do; its document, its seconds, and its peak resident memory as Linux counts it. */
export async function measured(args) {
  const start = performance.now()
  const child = spawn(process.execPath, [script, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let running = true
  let peakKiB = 0
  child.stdout.setEncoding('utf8').on('data', (part) => (text += part))
  const closed = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  const code = closed.finally(() => (running = false))
  while (running) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    peakKiB = Math.max(peakKiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))
    await Promise.race([code, sleep(100)])
  }
  if ((await code) !== 0) throw new Error(`${args[0]} ended with ${await code}`)
  return { result: JSON.parse(text), seconds: (performance.now() - start) / 1000, gib: peakKiB / 2 ** 20 }
}

/** Digamma, by its asymptotic series: its arguments here are large. */
const digamma = (x) => Math.log(x) - 1 / (2 * x) - 1 / (12 * x * x)

/** Mean and deviation of log det S for Wishart S: every eigenvalue counts alike, however small. */
export function expectedLogDet(variances, samples) {
  const n = samples - 1
  let mean = variances.reduce((sum, value) => sum + Math.log(value), 0) + variances.length * Math.log(2 / n)
  let variance = 0
  for (let i = 0; i < variances.length; i++) {
    mean += digamma((n - i) / 2)
    variance += 2 / (n - i)
  }
  return { mean, deviation: Math.sqrt(variance) }
}

/** What else the machine is doing, for the reader of a time. */
export const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')
