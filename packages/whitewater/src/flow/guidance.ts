// Classifier-free guidance (Ho & Salimans 2022): the conditional field pushed away from the unconditional one.
import { add, chunk, concat, constant, mul, sub, type Operand } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { evaluateField, type Field } from './field.ts'

export interface Guidance {
  /** w; 0 is the conditional field itself and costs one plain evaluation. A scalar tensor [] is read at each run. */
  readonly weight: Operand
  /** Number of classes, which is the index of the field's null class. */
  readonly classes: number
}

/**
 * (1 + w) c - w u from a conditional field with a null class, c and u in one evaluation on a doubled batch.
 * The returned field throws a WhitewaterError without labels.
 */
export function guidedField(field: Field, { weight, classes }: Guidance): Field {
  if (weight === 0) return field
  return (x, t, labels) => {
    if (!labels) throw usageError('guidance needs labels; give them, or use the field without guidance')
    const none = constant(new Int32Array(labels.shape[0]).fill(classes))
    const doubled = [concat([x, x]), concat([t, t]), concat([labels, none])] as const
    const [conditional, unconditional] = chunk(evaluateField(field, ...doubled), 2)
    return add(conditional, mul(sub(conditional, unconditional), weight))
  }
}
