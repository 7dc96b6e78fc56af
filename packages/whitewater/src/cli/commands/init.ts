// `whitewater init`: a configuration to edit, and the JSON schema that lets editors complete and check it.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, writeFileAtomic } from '../../data/write.ts'
import { usageError } from '../../errors.ts'
import { configJsonSchema, configTemplate } from '../../generator/template.ts'
import { command } from '../command.ts'
import { defaultOption } from '../declare.ts'
import { text } from '../readers.ts'

const files = { config: 'config.yaml', schema: 'config.schema.json' } as const

export const init = command({
  name: 'init',
  about: 'write a commented config.yaml and its JSON schema',
  options: { out: defaultOption('<folder>', 'where they go', text, '.') },
  async run(_, { out }) {
    const config = join(out, files.config)
    const schema = join(out, files.schema)
    for (const path of [config, schema]) {
      if (await stat(path).catch(() => undefined))
        throw usageError(`${path} exists already: remove it, or choose another folder with --out`)
    }
    await makeFolder(out)
    await writeFileAtomic(schema, JSON.stringify(configJsonSchema(), null, 2) + '\n')
    await writeFileAtomic(config, configTemplate(files.schema))
    return {
      result: { config, schema },
      text: `wrote ${config} and ${schema}; edit, then: whitewater train ${config}`,
    }
  },
})
