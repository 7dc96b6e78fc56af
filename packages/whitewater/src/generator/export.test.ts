// Exported files in plain ONNX Runtime, in Node, in Chromium and in Python, which import nothing of ours: the samples are
// those of `generator.sample` for the same noise.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { dtypeOf, ndarray, randomStream, sizeOf, type NdArray } from '@whitewater/tensor'
import {
  describeNeeding,
  missingChromium,
  missingOnnxPython,
  onnxPython,
} from '@whitewater/tensor/testing/requirement'
import { openBrowser, serveSite } from '@whitewater/tensor/testing/site'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { dataset } from '../data/registry.ts'
import { cnn } from '../nn/networks/cnn.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { residualMlp } from '../nn/networks/residual-mlp.ts'
import { exportPreconditioner } from '../precondition/onnx.ts'
import { preconditioner } from '../precondition/registry.ts'
import { gaussianResidual } from '../precondition/residual/gaussian.ts'
import { noiseFor } from './draws.ts'
import { exportGenerator, type ExportOptions } from './export.ts'
import type { Generator } from './generator.ts'
import { classesOf, fieldLabels } from './labels.ts'
import { train } from './testing.ts'
import type { TrainOptions } from './train.ts'

const require = createRequire(import.meta.url)
const runProcess = promisify(execFile)
const cpu = { device: 'cpu', threads: 1 } as const
const BATCHES = [1, 3, 64]

/** A file, what goes in, and what must come out. */
interface Case {
  readonly name: string
  readonly file: string
  readonly feeds: Readonly<Record<string, NdArray>>
  readonly expected: NdArray
}

function images(): Dataset {
  const shape = [256, 1, 8, 8]
  const values = randomStream(5).normal(sizeOf(shape))
  return {
    name: 'blobs',
    samples: ndarray(
      values.map((x, i) => 3 + x * (1 + (i % 8))),
      shape,
    ),
  }
}

interface Trained {
  readonly name: string
  readonly options: () => Promise<Omit<TrainOptions, 'steps' | 'batch' | 'engine'>>
  readonly solver: Omit<ExportOptions, 'metadata'>
}

const conditional = () =>
  dataset('mixture', { samples: 400, components: 3, dimension: 4, conditionNumber: 50 })

const generators: readonly Trained[] = [
  {
    name: 'unconditional mlp, zca',
    options: async () => ({
      data: await dataset('gaussian', { samples: 400, dimension: 5, conditionNumber: 1e3 }),
      field: mlp({ width: 32, depth: 2 }),
      preconditioner: preconditioner('zca'),
    }),
    solver: {},
  },
  {
    name: 'conditional residual-mlp, class-zca',
    options: async () => ({
      data: await conditional(),
      field: residualMlp({ width: 32, depth: 2 }),
      preconditioner: preconditioner('class-zca'),
    }),
    solver: { method: 'rk4', steps: 10 },
  },
  {
    name: 'cnn on images, standardise',
    options: () =>
      Promise.resolve({
        data: images(),
        field: cnn({ width: 32 }),
        preconditioner: preconditioner('standardise'),
      }),
    solver: { method: 'heun', steps: 8 },
  },
  {
    name: 'adaptive solver',
    options: async () => ({
      data: await conditional(),
      field: mlp({ width: 16, depth: 2 }),
      preconditioner: preconditioner('zca'),
    }),
    solver: { method: 'dopri5', tolerance: 1e-4 },
  },
  {
    name: 'mixture whitening, Gaussian residual, cosine path',
    options: async () => {
      const { name, samples } = await conditional()
      return {
        data: { name, samples },
        field: mlp({ width: 16, depth: 2 }),
        preconditioner: preconditioner('mixture-zca', { components: 2 }),
        path: { kind: 'cosine' },
        residual: gaussianResidual(),
      }
    },
    solver: { method: 'midpoint', steps: 6 },
  },
]

let folder: string
const cases: Case[] = []
const opened: Generator[] = []

/** What the generator draws at several batch sizes, beside what the file is given for it. */
async function casesOf(
  name: string,
  file: string,
  generator: Generator,
  solver: ExportOptions,
): Promise<void> {
  const { features } = generator.parts
  const classes = classesOf(generator.parts)
  for (const count of BATCHES) {
    for (const guidance of classes ? [0, 1.5] : [0]) {
      const noise = ndarray(noiseFor(2, 0, count, sizeOf(features)), [count, ...features])
      const labels =
        classes === undefined ? undefined : Int32Array.from({ length: count }, (_, i) => i % classes)
      const known = fieldLabels(generator.parts, count, { labels, seed: 2 })
      const feeds = {
        noise,
        ...(known && { labels: ndarray(known, [count]) }),
        ...(labels && { guidance: ndarray(Float32Array.of(guidance), []) }),
      }
      const expected = await generator.sample(count, { ...solver, seed: 2, labels, guidance })
      cases.push({ name: `${name}, ${count} samples, guidance ${guidance}`, file, feeds, expected })
    }
  }
}

async function preconditionerCases(): Promise<void> {
  const data = await conditional()
  const fitted = await preconditioner('class-zca').fit(data, { engine: cpu })
  const [forward, inverse] = await exportPreconditioner(fitted, join(folder, 'P.onnx'))
  const x = ndarray(data.samples.data.subarray(0, 7 * 4), [7, 4])
  const labels = Int32Array.from(data.labels?.subarray(0, 7) ?? [])
  const z = await fitted.transform(x, labels)
  const given = { labels: ndarray(labels, [7]) }
  cases.push({ name: 'P', file: forward.path, feeds: { x, ...given }, expected: z })
  cases.push({ name: 'P^-1', file: inverse.path, feeds: { z, ...given }, expected: x })
  await fitted.dispose()
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whitewater-export-'))
  for (const { name, options, solver } of generators) {
    const generator = await train({ ...(await options()), engine: cpu, steps: 40, batch: 32 })
    opened.push(generator)
    const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.onnx`)
    await exportGenerator(generator, file, { ...solver, metadata: { seed: '0' } })
    await casesOf(name, file, generator, solver)
  }
  await preconditionerCases()
  const plain = cases.map(({ file, feeds }) => ({
    file,
    feeds: Object.entries(feeds).map(([name, { data, shape }]) => ({
      name,
      type: dtypeOf(data),
      dims: shape,
      data: Array.from<number | bigint, number>(data, Number),
    })),
  }))
  await writeFile(join(folder, 'cases.json'), JSON.stringify(plain))
}, 120_000)

afterAll(async () => {
  for (const generator of opened) await generator.dispose()
  await rm(folder, { recursive: true, force: true })
})

/** The same in both JavaScript runtimes; \`locate\` says where a file is. */
const javascript = `
  const arrays = { float32: Float32Array, int32: Int32Array }
  async function runAll(ort, cases, locate) {
    const results = []
    const sessions = {}
    for (const { file, feeds } of cases) {
      const session = (sessions[file] ??= await ort.InferenceSession.create(locate(file)))
      const inputs = feeds.map(({ name, type, dims, data }) => [name, new ort.Tensor(type, arrays[type].from(data), dims)])
      const outputs = await session.run(Object.fromEntries(inputs))
      results.push(Array.from(Object.values(outputs)[0].data))
    }
    return results
  }
`

const python = `
import json
import numpy, onnx, onnxruntime

def load(file):
    onnx.checker.check_model(file, full_check=True)
    return onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])

results = []
cases = json.load(open("cases.json"))
sessions = {file: load(file) for file in {case["file"] for case in cases}}
for case in cases:
    feeds = {f["name"]: numpy.array(f["data"], f["type"]).reshape(f["dims"]) for f in case["feeds"]}
    results.append(sessions[case["file"]].run(None, feeds)[0].ravel().tolist())
json.dump(results, open("results.json", "w"))
`

const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) || 1
}

function check(results: readonly (readonly number[])[]): void {
  expect(results).toHaveLength(cases.length)
  cases.forEach(({ name, expected }, at) => {
    const wanted = Array.from<number | bigint, number>(expected.data, Number)
    expect(results[at], name).toHaveLength(wanted.length)
    const error = Math.max(...results[at].map((value, i) => Math.abs(value - wanted[i])))
    expect(error / deviation(wanted), name).toBeLessThan(1e-4)
  })
}

const written = async (): Promise<number[][]> =>
  JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as number[][] // what the scripts write

it('runs in Node', async () => {
  const ort = pathToFileURL(require.resolve('onnxruntime-node')).href
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs'
    import * as ort from '${ort}'
    ${javascript}
    const cases = JSON.parse(readFileSync('cases.json', 'utf8'))
    writeFileSync('results.json', JSON.stringify(await runAll(ort, cases, (file) => file)))`
  await writeFile(join(folder, 'run.mjs'), script)
  await runProcess(process.execPath, ['run.mjs'], { cwd: folder })
  check(await written())
})

describeNeeding(missingOnnxPython(), 'in Python', () => {
  it("runs, and is a valid model to ONNX's own checker", async () => {
    await runProcess(onnxPython, ['-c', python], { cwd: folder })
    check(await written())
  })
})

describeNeeding(missingChromium(), 'in the browser', () => {
  it('runs on WebAssembly', async () => {
    const out = join(folder, 'out')
    await mkdir(out)
    const dist = dirname(require.resolve('onnxruntime-web'))
    for (const name of ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'])
      await cp(join(dist, name), join(out, name))
    for (const name of ['cases.json', ...new Set(cases.map(({ file }) => file.slice(folder.length + 1)))])
      await cp(join(folder, name), join(out, name))
    await writeFile(join(out, 'index.html'), '<!doctype html>')
    const { url, server } = await serveSite(folder)
    const browser = await openBrowser()
    try {
      const page = await browser.newPage()
      await page.goto(url)
      const results: number[][] = await page.evaluate(`(async () => {
        ${javascript}
        const ort = await import('/ort.wasm.min.mjs')
        const cases = await (await fetch('/cases.json')).json()
        return runAll(ort, cases, (file) => '/' + file.split('/').at(-1))
      })()`)
      check(results)
    } finally {
      await browser.close()
      server.close()
    }
  })
})

describe('a request that a file cannot honour is one clear line', () => {
  const ask = (path: string, options: ExportOptions) => () => exportGenerator(opened[0], path, options)
  it.each([
    ['g.onnx', { method: 'euler-maruyama' }, /euler-maruyama draws noise at every step/],
    ['g.onnx', { method: 'heunn' }, /unknown solver 'heunn': did you mean 'heun'/],
    ['g.onnx', { tolerance: 1e-3 }, /heun takes steps, not a tolerance/],
    ['g.onnx', { method: 'dopri5', steps: 5 }, /dopri5 chooses its own steps/],
    ['g.bin', {}, /cannot write g\.bin: expected a name that ends in \.onnx/],
  ] as const)('%s %j', async (path, options, message) => {
    await expect(async () => ask(path, options)()).rejects.toThrow(message)
  })

  it('a folder that is not there', async () => {
    await expect(ask(join(folder, 'none', 'g.onnx'), {})()).rejects.toThrow(/its folder does not exist/)
  })
})
