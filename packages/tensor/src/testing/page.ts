// The page of the browser test: trains the network of mlp.ts where the test asks for it, and says what came out.
import * as w from '../index.ts'
import { training } from './mlp.ts'

export interface Outcome {
  readonly losses: number[]
  readonly parameters: number[]
  readonly isolated: boolean
}

async function train(device: w.Device, steps: number, inWorker: boolean): Promise<Outcome> {
  const { spec, batch } = training([3, 16, 16, 2], 32)
  const worker = inWorker ? await w.openWorker() : undefined
  const program = await w.compile(spec, { device, strict: true, load: worker?.load })
  const losses: number[] = []
  for (let k = 0; k < steps; k++) losses.push(Number((await program.run(batch(k))).loss.data[0]))
  const parameters = Array.from(await program.readState('flat'), Number)
  await program.dispose()
  await worker?.close()
  return { losses, parameters, isolated: globalThis.crossOriginIsolated }
}

Object.assign(globalThis, { train })
