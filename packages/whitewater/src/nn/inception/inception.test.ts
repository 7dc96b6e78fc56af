// The network against pytorch-fid's, whose outputs for formula weights lie among the reference goldens.
import { compile, fromArray, mean } from '@whitewater/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { formulaValues } from '../../linalg/testing/formula.ts'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from '../../linalg/testing/goldens.ts'
import { constantWeights, type Weights } from '../weights.ts'
import { inception } from './network.ts'
import { formulaCheckpoint, formulaImages } from './testing.ts'
import { foldBatchNorms } from './weights.ts'

const numbers = z.array(z.number())
const schema = z.object({
  parameters: z.record(z.string(), numbers),
  imageSet: z.object({ name: z.string(), shape: numbers, first: numbers, sum: z.number() }),
  formula: z.object({ first8: numbers, first4_of_name2: numbers, at_1000000_of_name2: z.number() }),
  weightChecks: z.record(z.string(), numbers),
  float32_vs_float64: z.record(z.string(), z.number()),
})

describe.skipIf(!haveGoldens)(`Inception${goldenNote}`, () => {
  let golden: z.infer<typeof schema>
  let checkpoint: Weights
  beforeAll(() => {
    golden = schema.parse(goldenJson('inception/a'))
    checkpoint = formulaCheckpoint(golden.parameters)
  })

  it('is given the weights and images of the reference', () => {
    const { formula, weightChecks, imageSet } = golden
    expect([...formulaValues('probe', 8)]).toEqual(formula.first8)
    const branch = formulaValues('Mixed_5b.branch1x1.conv.weight', 1_000_001)
    expect([...branch.subarray(0, 4), branch[1_000_000]]).toEqual([
      ...formula.first4_of_name2,
      formula.at_1000000_of_name2,
    ])
    for (const [name, [first, last, sum]] of Object.entries(weightChecks)) {
      const data = Float64Array.from(checkpoint.get(name)?.data ?? [], Number)
      expect([data[0], data[data.length - 1]]).toEqual([first, last])
      expect(data.reduce((a, b) => a + b, 0)).toBeCloseTo(sum, 8)
    }
    const { data } = formulaImages(imageSet.name, imageSet.shape)
    expect([...data.subarray(0, 4)]).toEqual(imageSet.first)
    expect(data.reduce((a, b) => a + b, 0)).toBeCloseTo(imageSet.sum, 4)
  })

  it('computes its maps, features and scores', async () => {
    const { imageSet, float32_vs_float64: rounding } = golden
    const p = constantWeights(foldBatchNorms(checkpoint, 'the formula'))
    const { maps, features, logits } = inception(p, fromArray(formulaImages(imageSet.name, imageSet.shape)))
    const [block0_mean, block1_mean, block2_mean] = maps.map((map) => mean(map, [2, 3]))
    const outputs = { block0_mean, block1_mean, block2_mean, pool: features, logits }
    const program = await compile({ outputs })
    const got = await program.run()
    await program.dispose()
    const expected = goldenTensors('inception/a')
    for (const [name, { data, shape }] of Object.entries(got)) {
      const reference = expected(name)
      expect(shape, name).toEqual(reference.shape)
      const errors = Float64Array.from(data, Number).map((value, i) => Math.abs(value - reference.data[i]))
      expect(Math.max(...errors), name).toBeLessThan(20 * rounding[name])
    }
  })

  it('names the tensor that a checkpoint lacks or has in another shape', () => {
    const without = new Map(checkpoint)
    without.delete('Mixed_6c.branch7x7_2.bn.running_var')
    expect(() => foldBatchNorms(without, 'x.pth')).toThrow(
      'x.pth has no tensor Mixed_6c.branch7x7_2.bn.running_var: expected the weights of',
    )
    const other = new Map(checkpoint).set('fc.weight', { data: new Float32Array(2000), shape: [1000, 2] })
    expect(() => foldBatchNorms(other, 'x.pth')).toThrow(
      'x.pth has float32 [1000, 2] for fc.weight, which is float32 [1008, 2048]',
    )
  })
})
