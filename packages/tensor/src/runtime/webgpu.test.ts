// Everything on WebGPU, with the CPU fallback disabled, against the CPU.
import { describe, expect, it } from 'vitest'
import * as w from '../index.ts'
import { dataFor, drawsOf, inputsOf, outputsOf, relativeError, type Case } from '../testing/gradcheck.ts'
import { training } from '../testing/mlp.ts'
import { describeNeeding, useSoftwareGpu } from '../testing/requirement.ts'
import { tables } from '../testing/tables.ts'

/** WebGPU has no kernel for TopK, which `smallest` is. */
const families = Object.entries(tables).filter(([name]) => name !== 'smallest')

/** WebGPU has kernels for float32, int32 and bool; of int64 it only takes indices, and computes nothing with them. */
const supported = (test: Case): boolean => test.inputs.every(({ integers }) => integers !== 'int64')

/** All cases of one operation as one program, since a session on a GPU takes its time. */
function together(list: readonly Case[]): { spec: w.ProgramSpec; data: Record<string, w.Data> } {
  const inputs: w.Tensor[] = []
  const outputs: Record<string, w.Tensor> = {}
  const data: Record<string, w.Data> = {}
  list.forEach((test, index) => {
    const own = inputsOf(test, 'float32', `case ${index} x`)
    inputs.push(...own)
    drawsOf(test).forEach((values, i) => (data[`case ${index} x${i}`] = dataFor(test, i, values, 'float32')))
    for (const [name, tensor] of Object.entries(outputsOf(test, own, 'float32')))
      outputs[`${test.name ?? index}: ${name}`] = tensor
  })
  return { spec: { inputs, outputs }, data }
}

async function results(list: readonly Case[], device: 'cpu' | 'webgpu'): Promise<Record<string, w.NdArray>> {
  const { spec, data } = together(list)
  const program = await w.compile(spec, { device, strict: true })
  const values = await program.run(data)
  await program.dispose()
  return values
}

/** WGSL promises sin and cos to 2^-11 only; everything else as float32 does. */
const tolerance = (operation: string): number => (operation === 'sin' || operation === 'cos' ? 5e-4 : 1e-4)

const reals = (data: w.Data): Float64Array => Float64Array.from(data, Number)

describeNeeding(useSoftwareGpu(), 'webgpu', () => {
  for (const [family, operations] of families) {
    describe(family, () => {
      it.each(Object.entries(operations))('%s: values and gradients', async (operation, list) => {
        const runnable = list.filter(supported)
        const gpu = await results(runnable, 'webgpu')
        const cpu = await results(runnable, 'cpu')
        for (const [name, { data }] of Object.entries(cpu)) {
          const error = relativeError(reals(gpu[name].data), reals(data))
          const message = `${name}: [${gpu[name].data.join()}] against [${data.join()}]`
          expect(error, message).toBeLessThan(tolerance(operation))
        }
      })
    })
  }

  it('trains a network as the CPU does, with resident state', async () => {
    const { spec, batch } = training([3, 16, 16, 2], 32)
    const gpu = await w.compile(spec, { device: 'webgpu', strict: true })
    const cpu = await w.compile(spec, { device: 'cpu' })
    for (let k = 0; k < 6; k++) {
      const a = await gpu.run(batch(k))
      const b = await cpu.run(batch(k))
      expect(relativeError(reals(a.loss.data), reals(b.loss.data))).toBeLessThan(1e-4)
    }
    for (const name of ['flat', 'first', 'second']) {
      const error = relativeError(reals(await gpu.readState(name)), reals(await cpu.readState(name)))
      expect(error, name).toBeLessThan(1e-4)
    }
    await gpu.dispose()
    await cpu.dispose()
  })
})
