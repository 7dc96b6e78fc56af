import { readFile, readdir, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { readNpy } from '../data/files.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { settingsSchema } from '../generator/config.ts'
import { parseConfig } from '../runs/generator-folder.ts'
import { place, script, start, tiny, type Place } from './testing/cli.ts'

let here: Place

const defaults = settingsSchema.parse({})

const trained = z.object({
  run: z.string(),
  samples: z.int(),
  features: z.array(z.int()),
  parameters: z.int(),
  step: z.int(),
  loss: z.number(),
  stopped: z.boolean(),
  report: z.string().nullable(),
})

const evaluated = z.object({
  frechet: z.number().min(0),
  mmd: z.number(),
  mmdBiased: z.number().min(0),
  kid: z.number(),
  precision: z.number().min(0).max(1),
  recall: z.number().min(0).max(1),
  density: z.number().min(0),
  coverage: z.number().min(0).max(1),
  slicedWasserstein: z.number().min(0),
  samples: z.int(),
  seed: z.int(),
})

const measured = z.looseObject({
  nats: z.number(),
  natsError: z.number().min(0),
  bitsPerDimension: z.number(),
  evaluations: z.int().min(1),
})

const conditioned = z.object({ kappa: z.number().min(1), gdIterations: z.number() })
const support = z.strictObject({ dimension: z.int(), kappa: z.number().min(1) })
const diagnosed = z.strictObject({
  samples: z.int(),
  dimension: z.int(),
  spectrum: z.array(z.number().min(0)),
  effectiveRank: z.number().min(1),
  maxKappa: z.number().min(1),
  delta: z.number(),
  support,
  wide: support,
  sampling: z.strictObject({
    dimension: z.int(),
    ratio: z.number(),
    smallest: z.number(),
    largest: z.number(),
    kappa: z.number().nullable(),
  }),
  path: z.array(
    z.strictObject({
      t: z.number(),
      ...conditioned.shape,
      preconditioned: z.record(z.string(), z.strictObject(conditioned.shape)),
    }),
  ),
  preconditioners: z.array(
    z.strictObject({
      kind: z.string(),
      maxKappa: z.number().min(1),
      gdIterations: z.number(),
      wideKappa: z.number().min(1),
      byClass: z.boolean(),
      fitSeconds: z.number().min(0),
      fittedTo: z.int(),
      roundTripError: z.number().min(0),
      spectrum: z.array(z.number().min(0)),
      description: z.record(z.string(), z.unknown()),
    }),
  ),
  skipped: z.array(z.strictObject({ kind: z.string(), reason: z.string() })),
  classes: z
    .array(z.strictObject({ label: z.int(), samples: z.int(), kappa: z.number().min(1), support }))
    .optional(),
  recommended: z.string(),
  recommendation: z.string(),
  caveats: z.array(z.string()),
  eigenSolver: z.string(),
  streamed: z.boolean(),
  stages: z.array(z.strictObject({ name: z.string(), seconds: z.number().min(0) })),
  seconds: z.number().min(0),
})

beforeAll(async () => {
  here = await place()
  await here.json('train', 'swiss-roll', '--steps', '30', ...tiny)
})
afterAll(() => here.remove())
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('whitewater', () => {
  it('shows its help and version, and asks for a command', async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(script.replace(/bin.whitewater\.js$/, 'package.json'), 'utf8')))
    expect(await here.run('--version')).toEqual({ code: 0, stdout: version + '\n', stderr: '' })
    const help = await here.run('train', '--help')
    expect(help.code).toBe(0)
    expect(help.stdout).toMatch(/--checkpoint-every/)
    const nothing = await here.run()
    expect(nothing.code).toBe(2)
    expect(nothing.stderr).toMatch(/diagnose/)
  })

  it('does not mind that its reader leaves', async () => {
    const command = `"${process.execPath}" "${script}" diagnose swiss-roll --samples 100 --json | head -c 1; echo " $PIPESTATUS"`
    const { stdout, stderr } = await start(here.folder, 'bash', ['-c', command]).done
    expect(stdout).toBe('{ 0\n')
    expect(stderr).toBe('')
  })
})

describe('kinds', () => {
  it('lists what an entry can be, with the options that a run takes', async () => {
    const listed = z
      .object({
        precondition: z.array(z.object({ name: z.string(), options: z.record(z.string(), z.string()) })),
      })
      .parse(await here.json('kinds', 'precondition'))
    const zca = listed.precondition.find(({ name }) => name === 'zca')
    expect(Object.keys(zca?.options ?? {})).toEqual(['floor', 'shrinkage'])
    const { stdout } = await here.run('kinds')
    expect(stdout).toMatch(/^path {2}\(--path NAME --set path\.OPTION=VALUE\)\n {2}linear {2}\S/m)
    expect(stdout).toMatch(/^ {2}vp .*\n {6}betaMin: beta at the data; 0\.1 unless given$/m)
  })
})

describe('train', () => {
  it('makes a run folder of standard formats, named after data and preconditioner, numbered when taken', async () => {
    const result = trained.parse(await here.json('train', 'swiss-roll', '--steps', '30', ...tiny))
    expect(result).toMatchObject({
      run: 'runs/swiss-roll-zca-2',
      samples: 400,
      features: [2],
      step: 30,
      stopped: false,
    })
    const names = await readdir(here.path(result.run))
    expect(names.sort()).toEqual([
      'checkpoints',
      'config.yaml',
      'machines.jsonl',
      'metrics.jsonl',
      'model.json',
      'preconditioner',
    ])
    const config = parseConfig(await readFile(here.path(result.run, 'config.yaml'), 'utf8'), 'config.yaml')
    expect(config).toMatchObject({ data: { source: 'swiss-roll', samples: 400 }, steps: 30, batch: 32 })
  })

  it('goes on to more steps, from any folder', async () => {
    await here.json('train', 'two-moons', '--steps', '20', '--out', 'moons', ...tiny)
    const more = start('/', process.execPath, [
      script,
      'train',
      '--resume',
      here.path('moons'),
      '--steps',
      '40',
      '--json',
    ])
    const { code, stdout } = await more.done
    expect(code).toBe(0)
    expect(trained.parse(JSON.parse(stdout))).toMatchObject({
      step: 40,
      report: here.path('moons/report.html'),
    })
    expect(await readFile(here.path('moons/report.html'), 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('has nothing to do when a run has come to its end', async () => {
    const { code, stderr } = await here.run('train', '--resume', 'runs/swiss-roll-zca')
    expect(code).toBe(0)
    expect(stderr).toMatch(/at step 30 of 30 already/)
  })

  it('reads a configuration that init wrote', async () => {
    expect((await here.run('init')).code).toBe(0)
    const config = await readFile(here.path('config.yaml'), 'utf8')
    expect(config).toMatch(/one of constant, cosine$/m)
    expect(config).toMatch(/^# .*; kinds and their options:\n(# .*\n)*# {3}vp: betaMin, betaMax\n/m)
    expect(parseConfig(config, 'config.yaml')).toMatchObject({
      ...defaults,
      data: { source: 'swiss-roll' },
    })
    const schema: unknown = JSON.parse(await readFile(here.path('config.schema.json'), 'utf8'))
    expect(schema).toMatchObject({ required: ['data'], properties: { steps: { default: defaults.steps } } })
    const result = trained.parse(
      await here.json('train', 'config.yaml', '--steps', '5', '--samples', '300', '--batch', '16'),
    )
    expect(result).toMatchObject({ run: 'runs/swiss-roll-zca-3', samples: 300, step: 5 })
    expect(await here.run('init')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/config\.yaml exists already/) as string,
    })
  })
})

describe('sample', () => {
  it('writes the same samples for the same seed, and a picture of them', async () => {
    const draw = (out: string, seed: string) =>
      here.json(
        'sample',
        'runs/swiss-roll-zca',
        '-n',
        '20',
        '--solver-steps',
        '5',
        '--seed',
        seed,
        '--out',
        out,
      )
    expect(await draw('a.npy', '1')).toMatchObject({
      files: ['a.npy'],
      shape: [20, 2],
      evaluations: 10,
      seed: 1,
    })
    await draw('b.npy', '1')
    await draw('c.npy', '2')
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => readNpy(here.path(`${name}.npy`))))
    expect(b).toEqual(a)
    expect(c).not.toEqual(a)
    await draw('new/d.png', '1')
    expect([...(await readFile(here.path('new/d.png'))).subarray(1, 4)]).toEqual([...Buffer.from('PNG')])
  })

  it('takes labels and guidance, writes the labels that it drew, and shows images', async () => {
    await here.json('train', 'glyphs', '--resolution', '8', '--steps', '4', '--out', 'glyphs', ...tiny)
    const quick = ['--method', 'euler', '--solver-steps', '2']
    await here.json('sample', 'glyphs', '-n', '9', '--out', 'g.npy', ...quick)
    expect((await readNpy(here.path('g.labels.npy'))).shape).toEqual([9])
    const given = await here.json(
      'sample',
      'glyphs',
      '--labels',
      '3,1,2',
      '--guidance',
      '2',
      '--out',
      'h.npy',
      ...quick,
    )
    expect(given).toMatchObject({ shape: [3, 1, 8, 8], guidance: 2 })
    expect([...(await readNpy(here.path('h.labels.npy'))).data]).toEqual([3, 1, 2])
    expect(
      await here.json('sample', 'glyphs', '--label', '7', '-n', '4', '--out', 'i.png', ...quick),
    ).toMatchObject({ files: ['i.png'] })
    const file = await here.json('sample', 'glyphs', '--labels', 'h.labels.npy', '--out', 'j.npy', ...quick)
    expect(file).toMatchObject({ shape: [3, 1, 8, 8] })
  })
})

describe('evaluate', () => {
  it('measures a run against fresh samples and keeps the result in its folder', async () => {
    const result = await here.json('evaluate', 'runs/swiss-roll-zca', '-n', '200', '--solver-steps', '5')
    expect(await readFile(here.path('runs/swiss-roll-zca/report.html'), 'utf8')).toMatch(/Frechet distance/)
    expect(evaluated.parse(result)).toMatchObject({ samples: 200, seed: 0 })
    expect(result).toMatchObject({ reference: 'fresh samples', evaluations: 10, step: 30 })
    expect(JSON.parse(await readFile(here.path('runs/swiss-roll-zca/evaluation.json'), 'utf8'))).toEqual(
      result,
    )
  })

  it('measures two files, says how many pairs it used, and finds nothing between a file and itself', async () => {
    await here.json('sample', 'runs/swiss-roll-zca', '-n', '300', '--solver-steps', '3', '--out', 'x.npy')
    const same = evaluated.parse(await here.json('evaluate', '--real', 'x.npy', '--generated', 'x.npy'))
    expect(same.frechet).toBeLessThan(1e-9)
    expect(same).toMatchObject({ slicedWasserstein: 0, precision: 1, recall: 1, coverage: 1 })
    const args = [
      '--real',
      'x.npy',
      '--generated',
      'x.npy',
      '--pairwise',
      '100',
      '--bandwidth',
      '0.5,1',
      '--k',
      '5',
    ]
    expect(await here.json('evaluate', ...args)).toMatchObject({
      pairwiseSamples: [100, 100],
      samples: 300,
      bandwidth: [0.5, 1],
      k: 5,
    })
    const { stdout } = await here.run('evaluate', ...args)
    expect(stdout).toMatch(/pairs +100 generated, 100 real, at random/)
  })

  it('compares images in features that are trained on first use, and does not mix those of other weights', async () => {
    vi.stubEnv('WHITEWATER_CACHE', here.path('cache'))
    const glyphs = ['glyphs', '--resolution', '8', '--steps', '4', '--out', 'digits', ...tiny]
    await here.json('train', ...glyphs)
    const args = ['evaluate', 'digits', '--features', 'glyphs', '-n', '100', '--solver-steps', '2']
    const features = z.object({
      name: z.literal('glyphs'),
      hash: z.string().length(64),
      accuracy: z.number(),
    })
    const result = z.looseObject({ features }).parse(await here.json(...args))
    expect(result).toMatchObject({ samples: 100, dimension: 128, reference: 'fresh samples' })
    const report = await readFile(here.path('digits/report.html'), 'utf8')
    expect(report).toContain(`glyphs, weights ${result.features.hash.slice(0, 12)}`)
    expect(await readdir(here.path('cache/features'))).toHaveLength(1)

    await here.json('sample', 'digits', '-n', '60', '--solver-steps', '2', '--out', 'images.npy')
    const files = ['--real', 'images.npy', '--generated', 'images.npy', '--features', 'glyphs']
    expect(await here.json('evaluate', ...files)).toMatchObject({
      precision: 1,
      recall: 1,
      features: result.features,
    })

    const kept = { ...result, features: { ...result.features, hash: 'f'.repeat(64) } }
    await writeFile(here.path('digits/evaluation.json'), JSON.stringify(kept))
    const mixed = await here.run(...args)
    expect(mixed.code).toBe(2)
    expect(mixed.stderr).toMatch(
      /evaluation.json was measured in features 'glyphs' f{12}, and these are 'glyphs' /,
    )
    const points = await here.run('evaluate', 'runs/swiss-roll-zca', '--features', 'glyphs', '-n', '50')
    expect(points).toMatchObject({ code: 2, stdout: '' })
    expect(points.stderr).toMatch(/take images of shape \[1, 16, 16\], got samples of shape \[2\]/)
  })
})

describe('likelihood', () => {
  it('is that of the Gaussian that the run knows, in nats and in bits', async () => {
    const gaussian = ['gaussian', '--dimension', '3', '--condition-number', '100']
    const exact = ['--residual', 'gaussian', '--set', 'field.kind=residual-mlp', '--set', 'learningRate=1e-9']
    const size = '--samples 4000 --steps 1 --threads 1 --no-report --out exact'.split(' ')
    await here.json('train', ...gaussian, ...exact, ...size)
    const result = measured.parse(
      await here.json('likelihood', 'exact', '-n', '400', '--seed', '3', '--out', 'each.npy'),
    )
    expect(result).toMatchObject({
      run: 'exact',
      step: 1,
      reference: 'fresh samples',
      samples: 400,
      byClass: false,
      trace: 'exact',
      probes: 0,
      method: 'dopri5',
      seed: 3,
      out: 'each.npy',
    })
    // ln p of N(0, Sigma) has mean -(d ln 2 pi + ln det Sigma + d) / 2 and variance d / 2; eigenvalues are 1, 0.1, 0.01.
    const entropy = (3 * Math.log(2 * Math.PI) + Math.log(1e-3) + 3) / 2
    expect(Math.abs(result.nats + entropy)).toBeLessThan(4 * Math.sqrt(1.5 / 400))
    expect(result.natsError / Math.sqrt(1.5 / 400)).toBeCloseTo(1, 0)
    expect(result.bitsPerDimension).toBeCloseTo(-result.nats / 3 / Math.LN2, 9)
    const each = await readNpy(here.path('each.npy'))
    expect(each.shape).toEqual([400])
    const mean = Float64Array.from(each.data, Number).reduce((sum, value) => sum + value, 0) / 400
    expect(mean).toBeCloseTo(result.nats, 9)
    const { stdout } = await here.run(
      'likelihood',
      'exact',
      '-n',
      '50',
      '--trace',
      'hutchinson',
      '--probes',
      '2',
    )
    expect(stdout).toMatch(/^log-likelihood +−?[\d.]+ ± [\d.]+ nats a sample\n/)
    expect(stdout).toMatch(/^trace +Hutchinson's, 2 probes$/m)
  })
})

describe('diagnose', () => {
  it('gives the path of Eq. 13, every preconditioner, and a recommendation', async () => {
    const result = diagnosed.parse(
      await here.json('diagnose', 'gaussian', '--dimension', '4', '--samples', '2000'),
    )
    const { spectrum, path } = result
    expect([...spectrum].sort((a, b) => b - a)).toEqual(spectrum)
    expect(path.map(({ t }) => t)).toEqual(Array.from({ length: 21 }, (_, i) => i / 20))
    for (const { t, kappa, gdIterations, preconditioned } of path) {
      const at = (lambda: number) => (1 - t) ** 2 + t ** 2 * lambda + 1e-6
      expect(kappa / (at(spectrum[0]) / at(spectrum[3]))).toBeCloseTo(1, 9)
      expect(gdIterations / (((kappa + 1) / 2) * Math.log(100))).toBeCloseTo(1, 9)
      expect(preconditioned.zca.kappa).toBeCloseTo(1, 3)
    }
    expect(result.recommended).toBe('zca')
    expect(result.recommendation).toMatch(/^Use zca: kappa/)
  })

  it('draws the path for people within 80 columns, and says when there is nothing to mend', async () => {
    const { code, stdout, stderr } = await here.run('diagnose', 'two-moons', '--samples', '500')
    expect(code).toBe(0)
    expect(stdout).toMatch(/● data {3}○ standardise/)
    expect(stdout).toMatch(/You do not need preconditioning/)
    expect(stdout).toMatch(/^by +built-in Householder \+ QL; samples held in memory$/m)
    stdout.split('\n').forEach((line) => expect([...line].length).toBeLessThanOrEqual(80))
    expect(stderr).toBe('')
  })

  it('measures each class, and leaves out what needs labels where there are none', async () => {
    const labelled = diagnosed.parse(await here.json('diagnose', 'two-moons', '--samples', '400'))
    expect(labelled.classes?.map(({ label }) => label)).toEqual([0, 1])
    expect(labelled.classes?.reduce((sum, { samples }) => sum + samples, 0)).toBe(400)
    expect(labelled.preconditioners.map(({ kind }) => kind)).toContain('class-zca')
    const bare = diagnosed.parse(await here.json('diagnose', 'swiss-roll', '--samples', '400'))
    expect(bare.classes).toBeUndefined()
    expect(bare.skipped).toContainEqual({ kind: 'class-zca', reason: 'needs labels' })
  })

  it('writes a page that needs nothing else, and says where', async () => {
    const args = ['diagnose', 'two-moons', '--samples', '400', '--delta', '1e-3', '--report', 'page.html']
    const { code, stderr } = await here.run(...args)
    expect([code, stderr]).toEqual([0, 'report: page.html\n'])
    const page = await readFile(here.path('page.html'), 'utf8')
    expect(page).toMatch(/^<!doctype html>/)
    for (const heading of [
      'What each preconditioner buys',
      'Condition along the path',
      'Spectrum',
      'Classes',
    ])
      expect(page).toContain(heading)
    expect(page).toContain('whitewater diagnose two-moons --samples 400 --delta 1e-3 --report page.html')
    expect(page).toContain('S_t + 1e-3 I')
    expect(page).not.toMatch(/<script|<link|@import|url\(|(?:src|href)="(?!#|data:)/)
  })
})

describe('precondition', () => {
  it('whitens, and maps back to what it was', async () => {
    await here.json('train', 'gaussian', '--dimension', '3', '--steps', '1', '--out', 'g3', ...tiny)
    await here.json('sample', 'g3', '-n', '500', '--solver-steps', '2', '--out', 'in.npy')
    expect(await here.json('precondition', 'fit', 'in.npy', '--kind', 'zca', '--out', 'P')).toMatchObject({
      kind: 'zca',
      samples: 500,
      features: [3],
    })
    await here.json('precondition', 'apply', 'P', 'in.npy', 'white.npy')
    expect(await here.json('precondition', 'apply', 'P', 'white.npy', 'out.npy', '--inverse')).toMatchObject({
      inverse: true,
      shape: [500, 3],
    })
    const read = async (name: string) => {
      const { data, shape } = await readNpy(here.path(name))
      return { data: Float64Array.from(data, Number), shape }
    }
    const before = await read('in.npy')
    const white = await read('white.npy')
    const after = await read('out.npy')
    covariance(flatten(white)).covariance.data.forEach((value, i) =>
      expect(value).toBeCloseTo(i % 4 === 0 ? 1 : 0, 4),
    )
    after.data.forEach((value, i) => expect(Math.abs(value - before.data[i])).toBeLessThan(1e-5))
  })
})
