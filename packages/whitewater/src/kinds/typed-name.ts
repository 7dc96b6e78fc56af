// How an option is typed on the command line.

/** `labelColumn` is typed as --label-column. */
export const typedName = (option: string): string =>
  `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
