// Programs over the same resident parameters, which all of them hold a copy of.
import { compile, type CompileOptions, type Data, type Program, type ProgramSpec } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import type { FieldSpec } from './solver-spec.ts'

/** Programs that hold copies of the parameters and follow when one is written. */
export interface Residents {
  compile(spec: ProgramSpec): Promise<Program>
  write(name: string, data: Data): Promise<void>
  dispose(): Promise<void>
}

export function residents({ parameters = {} }: FieldSpec, options: CompileOptions): Residents {
  const values = new Map(Object.entries(parameters))
  const programs: Program[] = []
  for (const [name, { next }] of values) {
    if (next)
      throw usageError(`parameter '${name}' has a next value; a solver leaves its parameters as they are`)
  }
  return {
    async compile(spec) {
      const program = await compile(
        { ...spec, state: { ...Object.fromEntries(values), ...spec.state } },
        options,
      )
      programs.push(program)
      return program
    },
    async write(name, data) {
      const known = values.get(name)
      if (!known)
        throw usageError(`no parameter '${name}'; there is ${[...values.keys()].join(', ') || 'none'}`)
      await Promise.all(programs.map((program) => program.writeState(name, data)))
      values.set(name, { ...known, initial: data })
    },
    async dispose() {
      await Promise.all(programs.splice(0).map((program) => program.dispose()))
    },
  }
}
