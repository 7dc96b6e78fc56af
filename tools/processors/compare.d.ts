interface Report {
  readonly sections: readonly { readonly numbers?: Readonly<Record<string, readonly number[]>> }[]
}
export function compareNumbers(
  report: Report,
  reference: Report,
): { readonly worst: number; readonly faults: readonly string[] }
