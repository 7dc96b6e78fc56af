import { compile, evaluate, input, ndarray, randomStream, fromArray } from '@whitewater/tensor'
import { expect, it } from 'vitest'
import { parametersOf } from './network.ts'
import { networkKindNamed, networkKinds, networkNamed } from './networks/registry.ts'
import { countParameters, namedParts } from './scope.ts'
import { constantWeights, parameterName, residentWeights } from './weights.ts'

const features = [2, 3, 3]

it.each(networkKinds)('%s says the same with its weights resident, replaced or constant', async (kind) => {
  const { options } = networkKindNamed(kind)
  const sizes = { ...('width' in options && { width: 8 }), ...('depth' in options && { depth: 1 }) }
  const network = networkNamed({ kind, ...sizes })
  expect(network.kind).toBe(kind)
  const parameters = parametersOf(network, features, 4)
  const drawn = (seed: number) =>
    namedParts(
      parameters,
      randomStream(seed)
        .normal(countParameters(parameters))
        .map((w) => 0.2 * w),
    )
  const given = {
    x: ndarray(randomStream(1).normal(54), [3, ...features]),
    t: ndarray(Float32Array.of(0.1, 0.5, 0.9), [3]),
    labels: ndarray(Int32Array.of(0, 3, 4), [3]),
  }
  const inputs = {
    x: input('x', [3, ...features]),
    t: input('t', [3]),
    labels: input('labels', [3], 'int32'),
  }
  const { scope, state } = residentWeights(drawn(2))
  const v = network.build(scope, { ...inputs, classes: 4 })
  const program = await compile(
    { inputs: Object.values(inputs), outputs: { v }, state },
    { device: 'cpu', threads: 1 },
  )
  const constants = async (seed: number) => {
    const [x, t, labels] = [given.x, given.t, given.labels].map(fromArray)
    return (await evaluate({ v: network.build(constantWeights(drawn(seed)), { x, t, labels, classes: 4 }) }))
      .v
  }
  const close = async (seed: number) => {
    const found = (await program.run(given)).v.data
    const expected = await constants(seed)
    expected.forEach((value, i) => expect(Number(found[i])).toBeCloseTo(Number(value), 4))
  }
  await close(2)
  for (const [name, { data }] of drawn(3)) await program.writeState(parameterName(name), data)
  await close(3)
  await program.dispose()
})
