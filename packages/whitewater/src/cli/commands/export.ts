// `whitewater export`: a run as one ONNX file from noise to samples, or its preconditioner as two.
import { Command } from 'commander'
import { usageError } from '../../errors.ts'
import { exportGenerator } from '../../generator/export.ts'
import { samplerNames } from '../../generator/field-solvers.ts'
import { loadGenerator } from '../../runs/load-generator.ts'
import { stepReached } from '../../runs/files.ts'
import { generatorPaths, readConfig } from '../../runs/generator-folder.ts'
import { checkOnnxPath, exportPreconditioner, type ExportedFile } from '../../precondition/onnx.ts'
import { holdsPreconditioner, loadPreconditioner } from '../../precondition/registry.ts'
import { flagsOf, number, oneOf, whole } from '../options.ts'
import { print } from '../output.ts'

interface Flags {
  readonly out: string
  readonly preconditioner?: boolean
  readonly method?: string
  readonly solverSteps?: number
  readonly tolerance?: number
}

async function generatorFile(run: string, { out, method, solverSteps, tolerance }: Flags) {
  const { seed } = await readConfig(run)
  const generator = await loadGenerator(run)
  try {
    const metadata = { seed: String(seed), trainingSteps: String(await stepReached(run)) }
    return [await exportGenerator(generator, out, { method, steps: solverSteps, tolerance, metadata })]
  } finally {
    await generator.dispose()
  }
}

async function preconditionerFiles(folder: string, { out, method, solverSteps, tolerance }: Flags) {
  if ((method ?? solverSteps ?? tolerance) !== undefined) {
    throw usageError(
      '--preconditioner exports P and P^-1 alone: leave out --method, --solver-steps and --tolerance',
    )
  }
  const inRun = generatorPaths(folder).preconditioner
  const fitted = await loadPreconditioner((await holdsPreconditioner(inRun)) ? inRun : folder)
  try {
    return await exportPreconditioner(fitted, out)
  } finally {
    await fitted.dispose()
  }
}

const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toPrecision(3)} kB` : `${(bytes / 1e6).toPrecision(3)} MB`

const described = ({ path, bytes, nodes, opset, inputs }: ExportedFile): string =>
  `${path}: ${size(bytes)}, ${nodes} nodes, opset ${opset}, takes ${inputs.join(', ')}`

async function act(run: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  checkOnnxPath(flags.out)
  const files = await (flags.preconditioner ? preconditionerFiles : generatorFile)(run, flags)
  print({ run, files }, files.map(described).join('\n'), flags)
}

export const exportCommand = (): Command =>
  new Command('export')
    .description('write a run as one ONNX file from noise to samples, or its preconditioner as P and P^-1')
    .argument('<run>', 'a run folder; with --preconditioner also one written by `precondition fit`')
    .requiredOption('-o, --out <file>', 'a .onnx file; what it held before is replaced')
    .option('--preconditioner', 'P to the file and P^-1 to FILE.inverse.onnx, without the generator')
    .option('--method <name>', 'solver inside the file (default: heun)', oneOf('solver', samplerNames))
    .option('--solver-steps <n>', 'steps of a fixed-step method (default: 50)', whole(1))
    .option(
      '--tolerance <x>',
      'of an adaptive method, relative and absolute (default: 1e-4)',
      number(0, { open: true }),
    )
    .action(act)
