// Class labels as `sample` takes them: one for all, a list, or a file.
import { ndarray } from '@whitewater/tensor'
import { readLabels } from '../data/formats.ts'
import { localFiles } from '../data/load.ts'
import { checkedLabels } from '../data/check.ts'
import { usageError } from '../errors.ts'

export interface LabelFlags {
  readonly count?: number
  readonly labels?: string
  readonly label?: number
}

/** Undefined where none are asked for. @throws WhitewaterError (usage) for both kinds, or another count than -n */
export async function labelsFor({ count, labels, label }: LabelFlags): Promise<Int32Array | undefined> {
  if (labels !== undefined && label !== undefined) throw usageError('give --labels or --label, not both')
  if (label !== undefined) return new Int32Array(count ?? 64).fill(label)
  if (labels === undefined) return undefined
  const given = await listOrFile(labels)
  if (count !== undefined && count !== given.length) {
    throw usageError(
      `--labels has ${given.length} labels, -n asks for ${count} samples: give one a sample, or leave out -n`,
    )
  }
  return given
}

async function listOrFile(text: string): Promise<Int32Array> {
  if (/^\d+(,\d+)*$/.test(text)) return Int32Array.from(text.split(','), Number)
  const array = await readLabels(text, localFiles)
  return checkedLabels(ndarray(array.data, array.shape), array.shape[0], text).labels
}
