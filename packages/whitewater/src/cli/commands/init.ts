// `whitewater init`: a configuration to edit, and the JSON schema that lets editors complete and check it.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { makeFolder, writeFileAtomic } from '../../data/write.ts'
import { usageError } from '../../errors.ts'
import { configJsonSchema, configTemplate } from '../../generator/template.ts'
import { flagsOf } from '../options.ts'
import { print } from '../output.ts'

const files = { config: 'config.yaml', schema: 'config.schema.json' } as const

async function act(_: unknown, command: Command): Promise<void> {
  const flags = flagsOf<{ out: string }>(command)
  const config = join(flags.out, files.config)
  const schema = join(flags.out, files.schema)
  for (const path of [config, schema]) {
    if (await stat(path).catch(() => undefined))
      throw usageError(`${path} exists already: remove it, or choose another folder with --out`)
  }
  await makeFolder(flags.out)
  await writeFileAtomic(schema, JSON.stringify(configJsonSchema(), null, 2) + '\n')
  await writeFileAtomic(config, configTemplate(files.schema))
  print({ config, schema }, `wrote ${config} and ${schema}; edit, then: whitewater train ${config}`, flags)
}

export const init = (): Command =>
  new Command('init')
    .description('write a commented config.yaml and its JSON schema')
    .option('--out <folder>', 'where they go', '.')
    .action(act)
