// The README's ten lines in an empty Vite project with the packed packages, as a stranger would have them: built without
// configuration or stubs, and run in a real browser. What is packed is what `npm run setup` built.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { relativeError } from '@whitewater/tensor/testing/gradcheck'
import { describeNeeding, missingChromium } from '@whitewater/tensor/testing/requirement'
import { openBrowser, serveSite } from '@whitewater/tensor/testing/site'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { writeNpy } from './data/files.ts'
import { dataset } from './data/registry.ts'
import { covariance } from './linalg/covariance.ts'
import { eigenvaluesSymmetric } from './linalg/eigen.ts'

const run = promisify(execFile)
const STEPS = 100
const COUNT = 4096
const DIMENSION = 4
const NOISES = 64

/** What `latents.npy` holds. */
const latents = () => dataset('gaussian', { samples: COUNT, dimension: DIMENSION, conditionNumber: 100 })

/** The same noise here and there. */
const noise = Float32Array.from({ length: NOISES * DIMENSION }, (_, i) => Math.sin(i))

const workspace = fileURLToPath(new URL('../../../', import.meta.url))
const require = createRequire(import.meta.url)

const manifestSchema = z.object({ name: z.string(), dependencies: z.record(z.string(), z.string()) })

/** Packs a package, unpacks it among the project's modules, and links what it depends on. */
async function install(folder: string, project: string): Promise<void> {
  const { stdout } = await run(
    'npm',
    ['pack', '--silent', '--offline', '--pack-destination', project, '--workspace', folder],
    { cwd: workspace },
  )
  const { name, dependencies } = manifestSchema.parse(
    JSON.parse(await readFile(join(workspace, folder, 'package.json'), 'utf8')),
  )
  const modules = join(project, 'node_modules')
  await mkdir(join(modules, name), { recursive: true })
  await run('tar', ['-xzf', join(project, stdout.trim()), '--strip-components=1', '-C', join(modules, name)])
  for (const dependency of Object.keys(dependencies)) {
    if (dependency === '@whitewater/tensor') continue
    await mkdir(dirname(join(modules, dependency)), { recursive: true })
    await symlink(join(workspace, 'node_modules', dependency), join(modules, dependency))
  }
}

/** The README's program with few steps, exported as bytes; what the test looks at is handed over at its end. */
async function program(): Promise<string> {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8')
  const [, lines] =
    /```ts\n(import \{ dataset, mlp, train, zca \} from 'whitewater'\n.*?)```/s.exec(readme) ?? []
  const adapted = lines
    .replace('steps: 10_000', `steps: ${STEPS}`)
    .replace("await generator.export('generator.onnx')", 'const { bytes } = await generator.export()')
  expect(adapted).toContain('export()')
  expect(adapted).toContain(`steps: ${STEPS}`)
  return `${adapted}
const refusal = (promise: Promise<unknown>) => promise.then(() => '', (error: Error) => error.message)
const noise = { data: Float32Array.of(${noise.join()}), shape: [${NOISES}, ${DIMENSION}] }
const many = await generator.sample(${COUNT}, { seed: 1 })
Object.assign(globalThis, {
  outcome: {
    shape: samples.shape,
    samples: Array.from(many.data),
    decoded: Array.from((await generator.decode(noise)).data),
    onnx: Array.from(bytes),
    refusals: [
      await refusal(generator.export('generator.onnx')),
      await refusal(dataset('missing.npy')),
      await refusal(dataset('gausian')),
      await refusal(train({ data: await dataset('two-moons', { samples: 10 }), folder: 'run' })),
    ],
  },
})
`
}

const outcomeSchema = z.object({
  shape: z.array(z.number()),
  samples: z.array(z.number()),
  decoded: z.array(z.number()),
  onnx: z.array(z.number()),
  refusals: z.array(z.string()),
})

describeNeeding(missingChromium(), 'the ten lines in the browser', () => {
  let project: string
  let site: { url: string; server: Server }
  let browser: Browser
  let page: Page
  let outcome: z.infer<typeof outcomeSchema>
  const complaints: string[] = []

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'whitewater-project-'))
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    await install('packages/tensor', project)
    await install('packages/whitewater', project)
    await writeFile(
      join(project, 'index.html'),
      '<!doctype html><script type="module" src="/main.ts"></script>',
    )
    await writeFile(join(project, 'main.ts'), await program())
    await mkdir(join(project, 'public'))
    await writeNpy(join(project, 'public/latents.npy'), (await latents()).samples)
    const vite = join(dirname(require.resolve('vite/package.json')), 'bin/vite.js')
    await run(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
      cwd: project,
      env: { ...process.env, NODE_ENV: 'production' },
    })
    site = await serveSite(project, 'dist')
    browser = await openBrowser()
    page = await browser.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(site.url)
    await page
      .waitForFunction('globalThis.outcome', undefined, { timeout: 90_000 })
      .catch((error: unknown) => {
        throw new Error(complaints.join('\n'), { cause: error })
      })
    outcome = outcomeSchema.parse(await page.evaluate('globalThis.outcome'))
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    site?.server.close()
    if (project) await rm(project, { recursive: true, force: true })
  })

  it('samples what the data is distributed like', async () => {
    expect(outcome.shape).toEqual([64, DIMENSION])
    const of = (data: Float32Array) => covariance({ data, n: COUNT, d: DIMENSION }).covariance
    const wanted = of((await latents()).samples.data)
    const found = of(Float32Array.from(outcome.samples))
    expect(relativeError(found.data, wanted.data)).toBeLessThan(0.15)
    const smallest = (matrix: typeof found) => eigenvaluesSymmetric(matrix)[DIMENSION - 1]
    const recovery = smallest(found) / smallest(wanted)
    expect(recovery).toBeGreaterThan(0.75)
    expect(recovery).toBeLessThan(1.33)
  })

  it('exports bytes that give the same samples elsewhere', async () => {
    const session = await InferenceSession.create(Uint8Array.from(outcome.onnx))
    const { samples } = await session.run({ noise: new Tensor('float32', noise, [NOISES, DIMENSION]) })
    expect(samples.dims).toEqual([NOISES, DIMENSION])
    const given = Float64Array.from(outcome.decoded)
    expect(relativeError(Float64Array.from(samples.data as Float32Array), given)).toBeLessThan(1e-4)
  })

  it('says in one line what a browser has not', () => {
    expect(outcome.refusals).toEqual([
      'a browser has no files to write generator.onnx to: call export without a path for its bytes',
      'missing.npy does not exist: check the address',
      expect.stringContaining("did you mean 'gaussian'?"),
      "a browser has no folders to keep a run in: train without 'folder', in memory",
    ])
  })
})
