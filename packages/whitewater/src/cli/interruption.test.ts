// What is left of a run that was stopped by Ctrl-C, by kill -9 or by a full disk, and how it goes on.
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { place, script, start, type Finished, type Place } from './testing/cli.ts'

let here: Place

beforeAll(async () => {
  here = await place()
})
afterAll(() => here.remove())

/** A run of many steps, slow enough to be stopped on its way. */
const slow = (out: string, steps: number) => [
  'train',
  'swiss-roll',
  ...['--samples', '400', '--batch', '256', '--field', 'mlp', '--width', '96', '--depth', '3'],
  ...[
    '--checkpoint-every',
    '50',
    '--threads',
    '1',
    '--no-report',
    '--seed',
    '3',
    '--steps',
    String(steps),
    '--out',
    out,
  ],
]

const checkpoints = async (run: string): Promise<string[]> =>
  (await readdir(here.path(run, 'checkpoints')).catch(() => [])).sort()

async function waitForCheckpoint(run: string): Promise<void> {
  while ((await checkpoints(run)).filter((name) => name.startsWith('step-')).length === 0) await sleep(5)
}

describe('a run that was stopped', () => {
  it('by kill -9 resumes to the bytes of an uninterrupted run', async () => {
    const steps = 600
    const last = `step-${String(steps).padStart(9, '0')}.safetensors`
    await here.json(...slow('whole', steps))

    const killed = here.start(...slow('killed', steps))
    await waitForCheckpoint('killed')
    killed.process.kill('SIGKILL')
    expect((await killed.done).code).toBeNull()
    expect(await checkpoints('killed')).not.toContain(last)

    await here.json('train', '--resume', 'killed', '--threads', '1', '--no-report')
    const [whole, resumed] = await Promise.all(
      ['whole', 'killed'].map((run) => readFile(here.path(run, 'checkpoints', last))),
    )
    expect(resumed.equals(whole)).toBe(true)
  })

  it('by Ctrl-C leaves a checkpoint, says how to go on, and goes on', async () => {
    const stopped = here.start(...slow('stopped', 1_000_000))
    await waitForCheckpoint('stopped')
    stopped.process.kill('SIGINT')
    const { code, stdout, stderr } = await stopped.done
    expect(code).toBe(130)
    const [, step] =
      /interrupted at step (\d+) of 1000000; go on with: whitewater train --resume stopped\n$/.exec(stderr) ??
      []
    expect(await checkpoints('stopped')).toContain(`step-${step.padStart(9, '0')}.safetensors`)
    expect(stdout).toMatch(new RegExp(`trained +${Number(step).toLocaleString('en')} steps`))

    const again = here.start('train', '--resume', 'stopped')
    while (again.process.exitCode === null && !again.process.killed) {
      await sleep(20)
      if ((await checkpoints('stopped')).some((name) => name > `step-${step.padStart(9, '0')}.safetensors`))
        again.process.kill('SIGINT')
    }
    expect((await again.done).code).toBe(130)
  })

  it('by a full disk keeps the last checkpoint, leaves no part of the next, and says how to go on', async () => {
    await mkdir(here.path('disk'))
    // 20,738 weights in four vectors: one checkpoint takes 332 kB, so that a second one does not fit.
    const size = 500
    const mounted = mountSmall(here.path('disk'), size)
    try {
      const args = slow('disk/run', 200)
        .map((part) => `'${part}'`)
        .join(' ')
      const limit = mounted ? '' : `trap '' XFSZ; ulimit -f 200; `
      const full = start(here.folder, 'bash', [
        '-c',
        `${limit}exec '${process.execPath}' '${script}' ${args}`,
      ])
      const { code, stderr } = await full.done
      expect(code).toBe(1)
      expect(stderr.split('\n').filter((line) => line.startsWith('whitewater: '))).toHaveLength(1)
      expect(stderr).toMatch(
        /cannot write disk\/run\/checkpoints\/step-\d+\.safetensors: (the disk is full|the file would exceed)/,
      )
      expect(stderr).not.toMatch(/ {4}at /)
      expect(await checkpoints('disk/run')).toEqual(mounted ? ['step-000000050.safetensors'] : [])
      if (mounted) expect(stderr).toMatch(/go on from step 50 with: whitewater train --resume disk\/run/)
    } finally {
      if (mounted) execFileSync('umount', [here.path('disk')])
    }
  })
})

describe('a diagnosis that was stopped', () => {
  /** Interrupts after so many milliseconds, later when the process had not come to listen yet. */
  async function interrupted(after: number): Promise<Finished> {
    const data = ['two-moons', '--samples', '3000000', '--threads', '1']
    const run = here.start('diagnose', ...data, '--report', 'never.html')
    await sleep(after)
    run.process.kill('SIGINT')
    const finished = await run.done
    return finished.code === null ? interrupted(1.5 * after) : finished
  }

  it('by Ctrl-C ends with 130 and has written nothing', async () => {
    const { code, stdout, stderr } = await interrupted(400)
    expect(code).toBe(130)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/whitewater: interrupted; nothing was written\n$/)
    expect(await readdir(here.folder)).not.toContain('never.html')
  })
})

/** Mounts a file system of so many KiB; false where this user may not. */
function mountSmall(folder: string, size: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
