import { readdir, readFile, stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { experimentList } from '../experiments/registry.ts'
import { place, type Place } from './testing/cli.ts'

let here: Place
beforeAll(async () => void (here = await place()))
afterAll(() => here.remove())

describe('whitewater reproduce', () => {
  it('lists the experiments', async () => {
    expect(await here.json('reproduce')).toEqual(experimentList())
  })

  it("says in its help what all experiments take, and with an experiment's name what that one takes", async () => {
    const all = await here.run('reproduce', '--help')
    expect(all.code).toBe(0)
    expect(all.stdout).toContain('--seeds <n>')
    expect(all.stdout).not.toContain('--budget')
    const one = await here.run('reproduce', 'mnist-ablation', '--help')
    expect(one.code).toBe(0)
    expect(one.stdout).toMatch(/--budget <name> .*quick, cpu, paper/s)
    expect(one.stdout).toContain('--seeds <n>')
    expect(one.stdout).not.toContain('--rows')
  })

  it('measures a grid in processes, writes table, page and figures, and goes on where it was stopped', async () => {
    const args = ['reproduce', 'theory', '--quick', '--out', 'theory', '--jobs', '2']
    const first = await here.run(...args)
    expect(first.stderr.split('\n').every((line) => !line.includes('Error'))).toBe(true)
    expect(first.code).toBe(0)
    expect(first.stdout).toContain('report')
    const runs = await readdir(here.path('theory', 'runs'))
    expect(runs.length).toBeGreaterThan(3)
    const page = await readFile(here.path('theory', 'report.html'), 'utf8')
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/)
    expect(page.match(/<svg/g)?.length ?? 0).toBeGreaterThan(3)
    const figures = await readdir(here.path('theory', 'figures'))
    expect(figures.filter((name) => name.endsWith('.svg')).length).toBe(
      figures.filter((name) => name.endsWith('.png')).length,
    )
    const times = async () =>
      Promise.all(runs.map(async (name) => (await stat(here.path('theory', 'runs', name))).mtimeMs))
    const before = await times()
    const again = (await here.json(...args)) as { runs: number; rows: unknown[] }
    expect(again.runs).toBe(runs.length)
    expect(again.rows.length).toBeGreaterThan(3)
    expect(await times()).toEqual(before)
  })

  it.each([
    [['gausian'], "unknown experiment 'gausian': did you mean 'gaussian'?"],
    [['gaussian', '--data', 'mnist'], 'gaussian makes its own data: leave out mnist'],
    [['gaussian', '--samples', '100'], 'samples is an option of data: say which with --data'],
    [['gaussian', '--seeds', '0'], 'expected a whole number of at least 1'],
    [
      ['gaussian', '--budget', 'cpu'],
      'gaussian takes no --budget: leave it out, it has no options of its own',
    ],
    [
      ['mnist-ablation', '--rows', 'none'],
      'mnist-ablation takes no --rows: options of its own are --budget, --field, --epochs, --prepared',
    ],
    [['mnist', '--budget', 'gpu'], '--budget is gpu, expected quick, cpu, paper'],
    [['mnist', '--epochs', '0'], '--epochs is 0, expected a whole number of at least 1'],
    [['--rows', 'zcaa', 'mnist'], "unknown row 'zcaa': did you mean 'zca'?"],
    [['mnist', '--bugdet', 'cpu'], "unknown option '--bugdet': Did you mean --budget?"],
    [['gaussian', '--quik'], "unknown option '--quik': Did you mean --quick?"],
    [['gaussian', 'theory'], 'too many arguments'],
    [['--budget', 'cpu'], '--budget stands without an experiment: say which before it'],
    [['dynamics', '--data', 'no-such.npy'], 'no-such.npy does not exist'],
  ])('refuses %j in one line', async (args, message) => {
    const { code, stderr, stdout } = await here.run('reproduce', ...args, '--quick', '--out', 'refused')
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('whitewater:'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('Ctrl-C ends the runs, keeps what is finished and says how to go on', async () => {
    const started = here.start('reproduce', 'gaussian', '--quick', '--out', 'stopped', '--jobs', '1')
    const up = async (): Promise<void> => {
      while (!(await stat(here.path('stopped', 'runs')).catch(() => undefined)))
        await new Promise((r) => setTimeout(r, 50))
    }
    await up()
    started.process.kill('SIGINT')
    const { code, stderr } = await started.done
    expect(code).toBe(130)
    expect(stderr).toMatch(/0 of 8 runs are kept; the same command goes on/)
    expect(await readdir(here.path('stopped', 'runs'))).toEqual([])
  })
})
