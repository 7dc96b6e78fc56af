// All seven metrics of 50,000 generated against 60,000 real samples on features, within five minutes and 2 GiB on two cores, and the
// same as plain loops where those can follow. Started by `npm run check:large-features`; see `--help`.
import { parseArgs } from 'node:util'
import { randomStream } from '@whitewater/tensor'
import { featureReference, kid, manifoldMetrics, mmdEstimates } from 'whitewater'
import { load, log } from './harness/large.js'

const LIMITS = { seconds: 300, gib: 2 }

/** Rows that the plain loops take. */
const FEW = 1500

/** max(0, z) of normal z with deviations from 1 down to 0.03, as activations are; `shift` sets generated apart from real. */
function features(samples, d, seed, shift) {
  const data = new Float32Array(samples * d)
  const stream = randomStream(seed)
  for (let i = 0; i < samples; i++) {
    const row = stream.normal(d)
    for (let j = 0; j < d; j++) data[i * d + j] = Math.max(0, (row[j] + shift) * 0.03 ** (j / (d - 1)))
  }
  return { data, shape: [samples, d] }
}

const first = ({ data, shape: [n, d] }, count) => ({
  data: data.subarray(0, Math.min(n, count) * d),
  shape: [Math.min(n, count), d],
})

async function compared(real, generated, options) {
  const reference = await featureReference(real, options)
  try {
    return await reference.compare(generated, { pairs: true })
  } finally {
    await reference.dispose()
  }
}

/** What the engine gets wrong on the first rows, in words. */
async function mistakes(real, generated, engine) {
  const x = first(real, FEW)
  const y = first(generated, FEW)
  const found = await compared(x, y, { engine })
  const expected = {
    ...manifoldMetrics(x, y, { k: 3 }),
    mmd: mmdEstimates(x, y, { bandwidth: found.bandwidth }).unbiased,
    kid: kid(x, y).unbiased,
  }
  return Object.entries(expected)
    .filter(([name, value]) => Math.abs(found[name] - value) > 1e-7)
    .map(([name, value]) => `${name} is ${found[name]}, by plain loops ${value}`)
}

/** Seconds since it was made, and those of the processor: what other work on the machine cannot stretch. */
function clock() {
  const start = performance.now()
  const used = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(used)
    return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 }
  }
}

/** Says each stage's seconds as it ends. */
function stopwatch() {
  let read = clock()
  return (stage, done, total) => {
    if (done < total) return
    const { seconds, processor } = read()
    log(
      `${stage.padEnd(36)} ${seconds.toFixed(1).padStart(7)} s, ${processor.toFixed(1)} s of processor time`,
    )
    read = clock()
  }
}

async function check({ real: n, generated: m, dimension, threads, seed }) {
  const real = features(Number(n), Number(dimension), Number(seed), 0)
  const generated = features(Number(m), Number(dimension), Number(seed) + 1, 0.05)
  const engine = { threads: Number(threads) }
  const wrong = await mistakes(real, generated, engine)
  const before = load()
  const read = clock()
  const result = await compared(real, generated, { engine, onProgress: stopwatch() })
  const { seconds, processor } = read()
  // Linux counts the most that was resident, in KiB; the data are part of it.
  const gib = process.resourceUsage().maxRSS / 2 ** 20
  log(JSON.stringify(result))
  console.log(
    `${m} generated against ${n} real, ${dimension} features: ${seconds.toFixed(1)} s, ${processor.toFixed(1)} s of processor time, peak ${gib.toFixed(2)} GiB, ${threads} threads; load ${before} before, ${load()} after`,
  )
  if (seconds > LIMITS.seconds) wrong.push(`it took ${seconds.toFixed(0)} s, more than ${LIMITS.seconds}`)
  if (gib > LIMITS.gib) wrong.push(`it took ${gib.toFixed(2)} GiB, more than ${LIMITS.gib}`)
  for (const what of wrong) console.log(`WRONG: ${what}`)
  return wrong.length === 0 ? 0 : 1
}

const usage = `node benchmarks/feature-metrics.js [--real 60000] [--generated 50000] [--dimension 128] [--threads 2] [--seed 0]
--dimension 2048 is the size of Inception's features.`

const { values: options } = parseArgs({
  options: {
    real: { type: 'string', default: '60000' },
    generated: { type: 'string', default: '50000' },
    dimension: { type: 'string', default: '128' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '0' },
    help: { type: 'boolean' },
  },
})
if (options.help) console.log(usage)
else process.exitCode = await check(options)
