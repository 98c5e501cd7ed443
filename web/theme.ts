// The look in one place: colours, type, space, shapes, and the few patterns that every screen is made of.
import { defineConfig, presetWind3 } from 'unocss'
import { base, parts, tokens } from './base.ts'

const color = (name: string) => `var(--${name})`

/** Tones carry meaning, not hue: each has a text colour and a soft ground that work in light and dark. */
const tones = ['neutral', 'good', 'info', 'warn', 'bad'] as const

export const theme = defineConfig({
  presets: [presetWind3({ dark: 'media', preflight: 'on-demand' })],
  preflights: [{ getCSS: () => tokens + base + parts }],
  safelist: tones.flatMap((tone) => [`tone-${tone}`, `text-${tone}`]),
  theme: {
    colors: {
      ground: color('ground'),
      surface: color('surface'),
      sunken: color('sunken'),
      line: { DEFAULT: color('line'), strong: color('line-strong') },
      ink: { DEFAULT: color('ink'), soft: color('ink-soft'), faint: color('ink-faint') },
      accent: {
        DEFAULT: color('accent'),
        strong: color('accent-strong'),
        soft: color('accent-soft'),
        on: color('accent-on'),
      },
      neutral: { DEFAULT: color('neutral'), soft: color('neutral-soft') },
      good: { DEFAULT: color('good'), soft: color('good-soft') },
      info: { DEFAULT: color('info'), soft: color('info-soft') },
      warn: { DEFAULT: color('warn'), soft: color('warn-soft') },
      bad: { DEFAULT: color('bad'), soft: color('bad-soft') },
    },
    fontSize: {
      xs: ['12.5px', '18px'],
      sm: ['14px', '20px'],
      base: ['15.5px', '24px'],
      lg: ['18px', '26px'],
      xl: ['22px', '28px'],
      '2xl': ['29px', '36px'],
      '3xl': ['40px', '46px'],
    },
    borderRadius: { sm: '8px', DEFAULT: '12px', lg: '18px', full: '999px' },
    breakpoints: { sm: '560px', md: '800px', lg: '1080px', xl: '1320px' },
  },
  shortcuts: [
    // text
    {
      'page-title': 'text-2xl font-semibold tracking-tight text-ink m-0',
      'section-title': 'text-lg font-semibold tracking-tight text-ink m-0',
      lead: 'text-base text-ink-soft m-0',
      hint: 'text-sm text-ink-faint m-0',
      'label-text': 'text-sm font-medium text-ink',
      overline: 'text-xs font-semibold text-ink-faint m-0',
      num: 'tabular-nums',
      code: 'font-mono text-sm',
    },
    // boxes
    {
      stack: 'flex flex-col',
      row: 'flex items-center',
      card: 'bg-surface rounded-lg shadow-card',
      'card-pad': 'card p-5 md:p-6',
      'shadow-card': 'shadow-[var(--shadow-card)]',
      well: 'bg-sunken rounded',
    },
    // controls: 44 px high, so that a thumb hits them
    {
      'btn-base':
        'inline-flex items-center justify-center gap-2 min-h-11 px-4 rounded font-medium text-sm border-0 cursor-pointer no-underline select-none transition-colors disabled:cursor-default disabled:opacity-55',
      'btn-primary': 'btn-base bg-accent text-accent-on hover:bg-accent-strong',
      'btn-plain': 'btn-base bg-surface text-ink ring-line hover:bg-sunken',
      'btn-quiet': 'btn-base bg-transparent text-ink-soft hover:bg-sunken hover:text-ink',
      'btn-danger': 'btn-base bg-surface text-bad ring-line hover:bg-bad-soft',
      'btn-danger-full': 'btn-base bg-bad text-surface hover:opacity-90',
      'btn-icon': 'btn-quiet px-0 w-11 shrink-0',
      'ring-line': 'shadow-[inset_0_0_0_1px_var(--line-strong)]',
      input:
        'block w-full min-h-11 px-3.5 py-2.5 rounded bg-surface text-ink text-base font-sans border-0 ring-line placeholder:text-ink-faint disabled:opacity-60',
      'input-bad': 'shadow-[inset_0_0_0_1.5px_var(--bad)]',
    },
    [/^tone-(\w+)$/, ([, tone]) => `bg-${tone}-soft text-${tone}`],
    {
      pill: 'inline-flex items-center gap-1.5 px-2.5 py-0.5 rounded-full text-xs font-semibold whitespace-nowrap',
      'page-wide': 'w-full max-w-[1080px] mx-auto px-4 md:px-8 py-6 md:py-10',
    },
  ],
})
