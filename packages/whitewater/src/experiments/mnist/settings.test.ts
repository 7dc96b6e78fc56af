import { describe, expect, it } from 'vitest'
import { parametersOf } from '../../nn/network.ts'
import { networkNamed } from '../../nn/networks/registry.ts'
import { countParameters } from '../../nn/scope.ts'
import { networkFor, networkOptions } from '../../precondition/trained/flow/network.ts'
import { mnist } from './experiment.ts'
import { fieldNames, type FieldName } from './options.ts'
import { rowsNamed } from './rows.ts'
import { settingsOf } from './settings.ts'

const latent = [4, 4, 4]
const settings = (row: string, field: FieldName) => settingsOf({ quick: false, field }, rowsNamed([row])[0])
const weights = (row: string, field: FieldName): number =>
  countParameters(parametersOf(networkNamed(settings(row, field).field), latent, 10))

describe('the sizes of Table 1', () => {
  it.each([...fieldNames])('are 2.32, 3.37 and 1.05 million weights, %s', (field) => {
    expect(weights('none', field) / 2.32e6).toBeCloseTo(1, 2)
    expect(weights('none-matched', field) / 3.37e6).toBeCloseTo(1, 2)
    const { width, depth } = settings('flow', field).precondition
    const sizes = { width: Number(width), ...(depth !== undefined && { depth: Number(depth) }) }
    const flow = networkFor(networkOptions({ network: field, ...sizes }, latent))
    expect(countParameters(parametersOf(flow, latent, 10)) / 1.05e6).toBeCloseTo(1, 2)
  })

  it('end where the budget says, and look on the way', () => {
    expect(settings('none', 'residual-mlp').looks).toEqual([3, 6, 12, 24])
    expect(settingsOf({ quick: true, epochs: 96 }, rowsNamed(['zca'])[0]).looks).toEqual([48, 96])
  })

  it('refuse a budget or a field that there is not', () => {
    expect(() => mnist.cells({ quick: false, options: { budget: 'gpu' } })).toThrow(
      '--budget is gpu, expected quick, cpu, paper',
    )
    expect(() => mnist.cells({ quick: false, options: { field: 'unet' } })).toThrow(
      '--field is unet, expected residual-mlp, cnn',
    )
  })
})
