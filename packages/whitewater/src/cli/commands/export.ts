// `whitewater export`: a run as one ONNX file from noise to samples, or its preconditioner as two.
import { usageError } from '../../errors.ts'
import { exportGenerator } from '../../generator/export.ts'
import { samplerNames } from '../../generator/field-solvers.ts'
import { loadGenerator } from '../../runs/load-generator.ts'
import { stepReached } from '../../runs/files.ts'
import { generatorPaths, readConfig } from '../../runs/generator-folder.ts'
import { checkOnnxPath, exportPreconditioner, type ExportedFile } from '../../precondition/onnx.ts'
import { holdsPreconditioner, loadPreconditioner } from '../../precondition/folder.ts'
import { command } from '../command.ts'
import { argument, onSwitch, option, requiredOption, type FlagsOf } from '../declare.ts'
import { number, oneOf, text, whole } from '../readers.ts'
import type { Shell } from '../shell.ts'

const options = {
  out: requiredOption('<file>', 'a .onnx file; what it held before is replaced', text, '-o'),
  preconditioner: onSwitch('P to the file and P^-1 to FILE.inverse.onnx, without the generator'),
  method: option('<name>', 'solver inside the file (default: heun)', oneOf('solver', samplerNames)),
  solverSteps: option('<n>', 'steps of a fixed-step method (default: 50)', whole(1)),
  tolerance: option(
    '<x>',
    'of an adaptive method, relative and absolute (default: 1e-4)',
    number(0, { open: true }),
  ),
}

type Flags = FlagsOf<typeof options>

async function generatorFile(run: string, { out, method, solverSteps, tolerance }: Flags, shell: Shell) {
  const { seed } = await readConfig(run)
  const generator = shell.own(await loadGenerator(run))
  const metadata = { seed: String(seed), trainingSteps: String(await stepReached(run)) }
  return [await exportGenerator(generator, out, { method, steps: solverSteps, tolerance, metadata })]
}

async function preconditionerFiles(
  folder: string,
  { out, method, solverSteps, tolerance }: Flags,
  shell: Shell,
) {
  if ((method ?? solverSteps ?? tolerance) !== undefined) {
    throw usageError(
      '--preconditioner exports P and P^-1 alone: leave out --method, --solver-steps and --tolerance',
    )
  }
  const inRun = generatorPaths(folder).preconditioner
  const fitted = shell.own(await loadPreconditioner((await holdsPreconditioner(inRun)) ? inRun : folder))
  return exportPreconditioner(fitted, out)
}

const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toPrecision(3)} kB` : `${(bytes / 1e6).toPrecision(3)} MB`

const described = ({ path, bytes, nodes, opset, inputs }: ExportedFile): string =>
  `${path}: ${size(bytes)}, ${nodes} nodes, opset ${opset}, takes ${inputs.join(', ')}`

export const exportCommand = command({
  name: 'export',
  about: 'write a run as one ONNX file from noise to samples, or its preconditioner as P and P^-1',
  arguments: { run: argument('a run folder; with --preconditioner also one written by `precondition fit`') },
  options,
  async run({ run }, flags, shell) {
    checkOnnxPath(flags.out)
    const files = await (flags.preconditioner ? preconditionerFiles : generatorFile)(run, flags, shell)
    return { result: { run, files }, text: files.map(described).join('\n') }
  },
})
