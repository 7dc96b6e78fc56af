// Every way to ask wrongly ends in one line that says what, where and what to do; usage 2, failure 1; nothing left behind.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeNpy } from '../data/npy.ts'
import { encodeSafetensors } from '../data/safetensors.ts'
import { place, tiny, type Place } from './testing/cli.ts'

let here: Place

const USAGE = 2
const FAILURE = 1

const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i))
const rows = ndarray(values, [20, 3])

async function files(): Promise<void> {
  const npy = encodeNpy(rows)
  const idx = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 4, ...Array<number>(20).fill(7)])
  const safe = encodeSafetensors([['x', rows]])
  const write = (name: string, content: string | Uint8Array) => writeFile(here.path(name), content)
  await write('good.npy', npy)
  await write('cut.npy', npy.subarray(0, npy.length - 30))
  await write('text.npy', 'no array')
  await write('cut-idx3-ubyte', idx)
  await write('cut.safetensors', safe.subarray(0, safe.length - 30))
  await write(
    'nan.npy',
    encodeNpy(
      ndarray(
        values.map((value, i) => (i === 16 ? NaN : value)),
        [20, 3],
      ),
    ),
  )
  await write(
    'infinite.npy',
    encodeNpy(
      ndarray(
        values.map((value, i) => (i === 2 ? -Infinity : value)),
        [20, 3],
      ),
    ),
  )
  await write('cell.csv', 'a,b\n1,2\n3,four\n5,6\n')
  await write('labels.npy', encodeNpy(ndarray(new Int32Array(7), [7])))
  await write(
    'gap.npy',
    encodeNpy(
      ndarray(
        Int32Array.from({ length: 20 }, (_, i) => 2 * (i % 2)),
        [20],
      ),
    ),
  )
  await write('single.npy', encodeNpy(ndarray(values.subarray(0, 3), [1, 3])))
  await write('constant.npy', encodeNpy(ndarray(new Float32Array(60).fill(2), [20, 3])))
  await write(
    'flat.npy',
    encodeNpy(
      ndarray(
        values.map((value, i) => (i % 3 === 1 ? 5 : value)),
        [20, 3],
      ),
    ),
  )
  // The third feature is the sum of the others.
  await write(
    'singular.npy',
    encodeNpy(
      ndarray(
        values.map((value, i) => (i % 3 === 2 ? values[i - 2] + values[i - 1] : value)),
        [20, 3],
      ),
    ),
  )
  await write(
    'lone.npy',
    encodeNpy(
      ndarray(
        Int32Array.from({ length: 20 }, (_, i) => (i === 7 ? 1 : 0)),
        [20],
      ),
    ),
  )
  await write(
    'halves.npy',
    encodeNpy(
      ndarray(
        Int32Array.from({ length: 20 }, (_, i) => i % 2),
        [20],
      ),
    ),
  )
  await write('wide.npy', encodeNpy(ndarray(values, [4, 15])))
  await write('latents.bin', 'x')
  await write('typo.yaml', 'data: { source: swiss-roll }\nstpes: 3\n')
  await write('wrong.yaml', 'data: { source: swiss-roll }\nsteps: many\n')
  await write('a-file', 'x')
}

/** Every file under the folder. */
const listing = async (): Promise<string[]> =>
  (await readdir(here.folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

async function complaint(args: readonly string[]): Promise<{ code: number | null; line: string }> {
  const before = await listing()
  const { code, stdout, stderr } = await here.run(...args)
  expect(stdout).toBe('')
  expect(await listing()).toEqual(before)
  // Before it, at most the line that names the run's folder.
  const lines = stderr.replace(/^run: .*\n/, '').split('\n')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/^whitewater: \S/)
  return { code, line: lines[0] }
}

beforeAll(async () => {
  here = await place()
  await files()
  await here.json('train', 'gaussian', '--dimension', '3', '--steps', '2', '--out', 'run', ...tiny)
  const byClass = ['--labels', 'halves.npy', '--precondition', 'class-zca']
  await here.json('train', 'good.npy', ...byClass, '--steps', '2', '--batch', '4', '--out', 'by-class')
})
afterAll(() => here.remove())

const train = (...args: string[]) => ['train', ...args, '--steps', '2']
const readOnly =
  process.platform === 'linux'
    ? [
        [
          'train',
          '/sys/run',
          FAILURE,
          /cannot make folder \/sys\/run: .*(permission denied|read-only)/,
        ] as const,
      ]
    : []

describe('bad input', () => {
  it.each<readonly [string, readonly string[], number, RegExp]>([
    ['a missing file', train('nope.npy'), USAGE, /nope\.npy does not exist.*check the path/],
    [
      'a truncated npy',
      train('cut.npy'),
      FAILURE,
      /cut\.npy is truncated: shape \[20, 3\] needs 240 bytes, 210/,
    ],
    ['what is no npy', ['diagnose', 'text.npy'], FAILURE, /text\.npy is no npy file/],
    ['a truncated idx', ['diagnose', 'cut-idx3-ubyte'], FAILURE, /cut-idx3-ubyte is truncated/],
    [
      'a truncated safetensors',
      ['diagnose', 'cut.safetensors'],
      FAILURE,
      /cut\.safetensors.*(truncated|beyond)/,
    ],
    ['NaN', train('nan.npy'), FAILURE, /nan\.npy holds NaN at row 5, column 1 \(from 0\)/],
    ['infinity', ['diagnose', 'infinite.npy'], FAILURE, /holds -Infinity at row 0, column 2/],
    ['a csv cell that is no number', train('cell.csv'), FAILURE, /cell\.csv.*line 3.*(column 2|'b')/],
    [
      'labels of another length',
      train('good.npy', '--labels', 'labels.npy'),
      FAILURE,
      /labels\.npy has labels of shape \[7\], expected \[20\]/,
    ],
    [
      'labels of another length, to a diagnosis',
      ['diagnose', 'good.npy', '--labels', 'labels.npy'],
      FAILURE,
      /labels\.npy has labels of shape \[7\], expected \[20\]/,
    ],
    [
      'a class without samples',
      ['diagnose', 'good.npy', '--labels', 'gap.npy'],
      FAILURE,
      /good\.npy: class 1 has no samples, expected at least 1 of each of 0\.\.2: .*number the classes without gaps/,
    ],
    [
      'a single sample',
      ['diagnose', 'single.npy'],
      FAILURE,
      /single\.npy has 1 samples \(shape \[1, 3\]\), expected at least 2/,
    ],
    ['constant data, to a diagnosis', ['diagnose', 'constant.npy'], FAILURE, /all features are constant/],
    ['a diagnosis of nothing', ['diagnose', 'nope.npy'], USAGE, /nope\.npy does not exist.*check the path/],
    [
      'a report of another kind',
      ['diagnose', 'good.npy', '--report', 'page.pdf'],
      USAGE,
      /cannot write the report to page\.pdf: expected a name that ends in \.html/,
    ],
    [
      'a report in a folder that is not there',
      ['diagnose', 'good.npy', '--report', 'no/page.html'],
      FAILURE,
      /cannot write no\/page\.html: no is no folder; create it first/,
    ],
    ['constant data', train('constant.npy'), FAILURE, /constant\.npy: all features are constant/],
    [
      'a constant feature without a floor',
      ['precondition', 'fit', 'flat.npy', '--kind', 'standardise', '--floor', '0', '--out', 'Q'],
      FAILURE,
      /flat\.npy: feature 1 has zero variance/,
    ],
    [
      'an unknown format',
      ['diagnose', 'latents.bin'],
      USAGE,
      /latents\.bin is of no known format, expected \.npy/,
    ],
    ['an unknown dataset', train('swis-roll'), USAGE, /did you mean 'swiss-roll'/],
    ['an unknown preconditioner', train('good.npy', '--precondition', 'zac'), USAGE, /did you mean 'zca'/],
    ['an unknown device', train('good.npy', '--device', 'cup'), USAGE, /did you mean 'cpu'/],
    ['an unknown field', train('good.npy', '--field', 'mpl'), USAGE, /did you mean 'mlp'/],
    [
      'an unknown solver',
      ['sample', 'run', '--method', 'hein', '--out', 'x.npy'],
      USAGE,
      /did you mean 'heun'/,
    ],
    ['an unknown command', ['sampel', 'run'], USAGE, /unknown command 'sampel'.*Did you mean sample/],
    [
      'an unknown option',
      train('good.npy', '--stepz', '3'),
      USAGE,
      /unknown option '--stepz'.*Did you mean --steps/,
    ],
    [
      'a number that is none',
      ['sample', 'run', '-n', 'ten', '--out', 'x.npy'],
      USAGE,
      /'ten' is invalid: expected a whole number/,
    ],
    [
      'an option that the data does not take',
      train('swiss-roll', '--resolution', '8'),
      USAGE,
      /swiss-roll takes no option 'resolution'/,
    ],
    [
      'an unknown entry of a configuration',
      ['train', 'typo.yaml'],
      USAGE,
      /unknown entry of typo\.yaml 'stpes': did you mean 'steps'/,
    ],
    [
      'an entry of another type',
      ['train', 'wrong.yaml'],
      USAGE,
      /wrong\.yaml: steps: .*expected .*number.*"many"/,
    ],
    [
      'a run that is none',
      ['sample', 'nope', '--out', 'x.npy'],
      USAGE,
      /nope is no run \(no such file: .*whitewater train/,
    ],
    [
      'a run that is there already',
      train('good.npy', '--out', 'run'),
      USAGE,
      /run already holds a run: continue it with --resume run/,
    ],
    [
      'other data than the run has',
      ['evaluate', 'run', '--real', 'wide.npy'],
      USAGE,
      /run generates samples of shape \[3\], wide\.npy has \[15\]/,
    ],
    [
      'other data than a preconditioner has',
      ['precondition', 'apply', 'run/preconditioner', 'wide.npy', 'x.npy'],
      USAGE,
      /zca was fitted to samples of shape \[3\], got \[15\]/,
    ],
    [
      'files that do not compare',
      ['evaluate', '--real', 'good.npy', '--generated', 'wide.npy'],
      USAGE,
      /good\.npy has 3 features a sample, wide\.npy has 15/,
    ],
    [
      'an output of unknown format',
      ['sample', 'run', '--out', 'x.jpg'],
      USAGE,
      /expected a name that ends in \.npy or \.png/,
    ],
    [
      'a picture of what has none',
      ['sample', 'run', '--out', 'x.png'],
      USAGE,
      /\[3\] are neither images nor points of the plane/,
    ],
    [
      'labels that no class has',
      ['sample', 'run', '--label', '3', '--out', 'x.npy'],
      USAGE,
      /trained without labels/,
    ],
    [
      'a file in place of a folder',
      train('good.npy', '--out', 'a-file/run'),
      FAILURE,
      /cannot make folder a-file\/run: part of its path is not a folder/,
    ],
    [
      'a file in place of the run',
      train('good.npy', '--out', 'a-file'),
      FAILURE,
      /cannot make folder a-file: it exists already and is not a folder/,
    ],
    [
      'a device that is not here',
      train('good.npy', '--device', 'cuda'),
      FAILURE,
      /device 'cuda' is not available here.*--device cpu/,
    ],
    [
      'a singular covariance without a floor',
      train('singular.npy', '--precondition', 'zca', '--set', 'precondition.floor=0'),
      FAILURE,
      /singular\.npy: the covariance is singular: its eigenvalues go from \S+ down to .*give a floor such as 1e-6/,
    ],
    [
      'a class of one sample',
      train('good.npy', '--labels', 'lone.npy', '--precondition', 'class-zca'),
      FAILURE,
      /class 1 has 1 samples, class-zca needs at least 2 of each of 0\.\.1: give class-zca a pool such as 3/,
    ],
    [
      'no labels for a map a class, to train',
      train('good.npy', '--precondition', 'class-zca'),
      USAGE,
      /class-zca needs the class of each sample, and good\.npy has no labels: give labels, or choose zca/,
    ],
    [
      'no labels for a map a class, to apply',
      ['precondition', 'apply', 'by-class/preconditioner', 'good.npy', 'x.npy'],
      USAGE,
      /class-zca maps each sample by its class: got no labels, expected one in 0\.\.1 a sample: give labels/,
    ],
    [
      'no labels for the likelihood of a run with classes',
      ['likelihood', 'by-class', '--real', 'good.npy'],
      USAGE,
      /by-class was trained on 2 classes, and good\.npy has no labels: .*--labels/,
    ],
    [
      'labels of nothing, to a likelihood',
      ['likelihood', 'by-class', '--labels', 'halves.npy'],
      USAGE,
      /--labels are those of --real/,
    ],
    [
      'likelihoods into a text',
      ['likelihood', 'run', '--out', 'x.txt'],
      USAGE,
      /cannot write x\.txt: expected a name that ends in \.npy/,
    ],
    [
      'a round trip that a flow cannot have',
      train(
        'good.npy',
        ...'--precondition flow --set precondition.tolerance=1e-12 --set precondition.steps=2 --set precondition.width=4'.split(
          ' ',
        ),
      ),
      FAILURE,
      /a round-trip error of 1e-12 cannot be met: rk4 with up to 512 steps reaches \S+ .*give a larger tolerance/,
    ],
    [
      'a tolerance that no step meets',
      ['sample', 'run', '--method', 'dopri5', '--tolerance', '1e-15', '-n', '2', '--out', 'x.npy'],
      FAILURE,
      /steps reached only t = 0\.\d{1,5} of 1 at relative tolerance 1e-15.*raise the tolerances/,
    ],
    [
      'an option that the preconditioner does not have',
      train('good.npy', '--set', 'precondition.flor=0.1'),
      USAGE,
      /unknown option of zca 'flor': did you mean 'floor'/,
    ],
    [
      'a setting without a value',
      train('good.npy', '--set', 'precondition.floor'),
      USAGE,
      /--set.* 'precondition\.floor' is invalid: expected name=value/,
    ],
    [
      'a setting of no entry',
      train('good.npy', '--set', 'pth.power=2'),
      USAGE,
      /unknown entry with options 'pth': did you mean 'path'/,
    ],
    [
      'a residual of what is no velocity',
      train('good.npy', '--residual', 'gaussian', '--prediction', 'noise'),
      USAGE,
      /a residual is what is left of the velocity.*leave out one of the two/,
    ],
    ...readOnly.map(
      ([, out, code, message]) =>
        ['a read-only folder', train('good.npy', '--out', out), code, message] as const,
    ),
  ])('%s', async (_, args, code, message) => {
    const result = await complaint(args)
    expect(result.line).toMatch(message)
    expect(result.code).toBe(code)
  })

  it('prints the stack with --verbose, before or after the command', async () => {
    for (const args of [
      ['diagnose', 'nope.npy', '--verbose'],
      ['--verbose', 'diagnose', 'nope.npy'],
    ]) {
      const { code, stderr } = await here.run(...args)
      expect(code).toBe(USAGE)
      expect(stderr).toMatch(/^whitewater: nope\.npy does not exist.*\n.*WhitewaterError.*\n {4}at /)
    }
  })

  it('notes fewer samples than dimensions and features that do not vary, and goes on', async () => {
    const wide = await here.run('train', 'wide.npy', '--steps', '2', '--batch', '4', '--out', 'wide')
    expect([wide.code, wide.stderr]).toEqual([0, expect.stringMatching(/4 samples in 15 dimensions/)])
    const flat = await here.run('precondition', 'fit', 'flat.npy', '--kind', 'zca', '--out', 'flat')
    expect(flat.stdout).toMatch(/floored +1/)
    const chained = ['train', 'flat.npy', '--precondition', 'standardise+zca', '--steps', '2', '--batch', '4']
    const raised = await here.run(
      ...chained,
      '--residual',
      'gaussian',
      '--coupling',
      'sinkhorn',
      '--out',
      'chained',
    )
    expect(raised.stderr).toMatch(
      /^note: standardise: 1 variances were below .*\nnote: zca: 1 variances were/m,
    )
    expect(raised.stderr).toMatch(/^note: gaussian: .* with the sinkhorn coupling the network has to learn/m)
    const diagnosis = await here.run('diagnose', 'wide.npy')
    expect(diagnosis.stdout.replace(/\s+/g, ' ')).toMatch(
      /With 4 samples in 15 dimensions the covariance is singular/,
    )
  })

  it('refuses to go on when the data has changed its shape', async () => {
    await writeFile(here.path('moving.npy'), encodeNpy(rows))
    await here.json('train', 'moving.npy', '--steps', '2', '--out', 'moving', '--batch', '4')
    await writeFile(here.path('moving.npy'), encodeNpy(ndarray(values, [10, 6])))
    const { code, stderr } = await here.run('train', '--resume', 'moving', '--steps', '4')
    expect([code, stderr]).toEqual([
      FAILURE,
      expect.stringMatching(
        /moving was trained on samples of shape \[3\] without labels, moving\.npy now has \[6\]/,
      ),
    ])
    expect(await readFile(here.path('moving/config.yaml'), 'utf8')).toMatch(/^steps: 2$/m)
  })
})
