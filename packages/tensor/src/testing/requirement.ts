// Tests that need something outside the repository: they skip and say why, but in `.ci/run` nothing skips.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'

/** A suite that runs only when nothing is missing; its title then tells the reason. */
export function describeNeeding(missing: string | undefined, title: string, body: () => void): void {
  if (missing === undefined) describe(title, body)
  else if (process.env.WHITEWATER_CI) {
    it(title, () => {
      throw new Error(`nothing may be missing in .ci/run, but ${missing}`)
    })
  } else describe.skip(`${title} (skipped: ${missing})`, body)
}

export const chromium = '/usr/bin/chromium'
const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json'
const vulkanLoaders = [
  '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
  '/usr/lib/aarch64-linux-gnu/libvulkan.so.1',
]

export const missingChromium = (): string | undefined =>
  existsSync(chromium) ? undefined : `there is no ${chromium}: install Debian's chromium`

/** Points Vulkan at the software driver inside Debian's chromium, before the first session; says what is missing. */
export function useSoftwareGpu(): string | undefined {
  if (!existsSync(softwareDriver)) return `there is no ${softwareDriver}: install Debian's chromium`
  if (!vulkanLoaders.some(existsSync)) return 'there is no libvulkan.so.1: install libvulkan1'
  process.env.VK_DRIVER_FILES = softwareDriver
  return undefined
}

/** Python with PyPI's onnxruntime and onnx, where `.ci/run` puts it. */
export const onnxPython = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'whitewater/onnxruntime-venv/bin/python',
)

export const missingOnnxPython = (): string | undefined =>
  existsSync(onnxPython)
    ? undefined
    : `there is no ${onnxPython}: run \`python3 -m venv\` on that folder and install onnxruntime and onnx into it`
