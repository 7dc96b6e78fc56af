// SVG to PNG without a browser and without system fonts.
import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'

export interface PngOptions {
  /** Pixels per CSS pixel; 2 by default. */
  scale?: number
  /** Any CSS colour; white by default. */
  background?: string
}

const family = 'Source Sans 3'

/** Source Sans 3 has the Greek letters, superscripts and signs that figures use. */
const fontFiles = (): string[] => {
  const { resolve } = createRequire(import.meta.url)
  return ['400Regular/SourceSans3_400Regular.ttf', '600SemiBold/SourceSans3_600SemiBold.ttf'].map((file) =>
    resolve(`@expo-google-fonts/source-sans-3/${file}`),
  )
}

/**
 * Renders an SVG string, such as one from `figureSvg`, to a PNG file's bytes. Only the shipped font is used, so the
 * result is the same on every machine.
 */
export function svgToPng(svg: string, { scale = 2, background = 'white' }: PngOptions = {}): Buffer {
  const image = new Resvg(svg, {
    background,
    fitTo: { mode: 'zoom', value: scale },
    font: {
      loadSystemFonts: false,
      fontFiles: fontFiles(),
      defaultFontFamily: family,
      sansSerifFamily: family,
    },
  })
  return image.render().asPng()
}
