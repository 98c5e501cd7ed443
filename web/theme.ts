// The look in one place.
import { defineConfig, presetWind3 } from 'unocss'

export const theme = defineConfig({ presets: [presetWind3({ dark: 'media' })] })
