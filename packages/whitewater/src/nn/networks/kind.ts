// One network as the registry knows it.
import type { z } from 'zod'
import { namedKind, type NamedKind, type NamedKindSpec } from '../../kinds/named-kind.ts'
import type { FieldNetwork } from '../network.ts'

export interface NetworkKind<Name extends string = string> extends NamedKind<FieldNetwork, Name> {
  /** Options of a small one, about a tenth of the default's cost: what a flow preconditioner trains unless told otherwise. */
  readonly small: Readonly<Record<string, number>>
}

export interface NetworkKindSpec<Shape extends z.ZodRawShape, Name extends string> extends NamedKindSpec<
  FieldNetwork,
  Shape,
  Name
> {
  readonly small: Partial<z.input<z.ZodObject<Shape>>> & Readonly<Record<string, number>>
}

export function networkKind<Shape extends z.ZodRawShape, const Name extends string>(
  spec: NetworkKindSpec<Shape, Name>,
): NetworkKind<Name> {
  const { name, about, options, make } = namedKind(spec)
  return { name, about, options, make, small: spec.small }
}
