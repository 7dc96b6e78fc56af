// The engine in a real browser, bundled as a user would, against Node's CPU.
import { fileURLToPath } from 'node:url'
import type { Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { compile } from '../index.ts'
import { relativeError } from '../testing/gradcheck.ts'
import { training } from '../testing/mlp.ts'
import type { Outcome } from '../testing/page.ts'
import { describeNeeding, missingChromium } from '../testing/requirement.ts'
import { bundle, openBrowser, removeSite, serveSite } from '../testing/site.ts'

const STEPS = 5

async function onNode(): Promise<Pick<Outcome, 'losses' | 'parameters'>> {
  const { spec, batch } = training([3, 16, 16, 2], 32)
  const program = await compile(spec, { device: 'cpu' })
  const losses: number[] = []
  for (let k = 0; k < STEPS; k++) losses.push(Number((await program.run(batch(k))).loss.data[0]))
  const parameters = Array.from(await program.readState('flat'), Number)
  await program.dispose()
  return { losses, parameters }
}

describeNeeding(missingChromium(), 'in the browser', () => {
  let site: { url: string; server: Server }
  let root: string
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  let expected: Pick<Outcome, 'losses' | 'parameters'>

  beforeAll(async () => {
    expected = await onNode()
    root = await bundle(fileURLToPath(new URL('../testing/page.ts', import.meta.url)))
    site = await serveSite(root)
    browser = await openBrowser(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'])
    page = await browser.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(site.url)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    site?.server.close()
    if (root) await removeSite(root)
  })

  const train = (device: string, inWorker: boolean): Promise<Outcome> =>
    page.evaluate(`train('${device}', ${STEPS}, ${inWorker})`)

  const check = (outcome: Outcome) => {
    expect(outcome.isolated).toBe(true)
    const error = (key: 'losses' | 'parameters') =>
      relativeError(Float64Array.from(outcome[key]), Float64Array.from(expected[key]))
    expect(error('losses'), complaints.join('\n')).toBeLessThan(1e-4)
    expect(error('parameters')).toBeLessThan(1e-4)
  }

  it('trains on WebAssembly as Node does', async () => check(await train('cpu', false)))
  it('trains in a Web Worker', async () => check(await train('cpu', true)))
  it('trains on WebGPU without falling back', async () => check(await train('webgpu', false)))
})
