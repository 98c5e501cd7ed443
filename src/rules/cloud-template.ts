// Templates as the Cloud API writes them: checked when they are stored, filled in when they are sent.
import type { Choice } from './cloud-choices.ts'

export interface TemplateComponent {
  type: 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS'
  format?: 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT'
  text?: string
  buttons?: {
    type: 'QUICK_REPLY' | 'URL' | 'PHONE_NUMBER'
    text: string
    url?: string
    phone_number?: string
  }[]
}

/** What one component of a send gives: the words for its places, in their order or by their names. */
export interface Filling {
  values: string[]
  named: Record<string, string>
}

export interface Fillings {
  header: Filling
  body: Filling
  /** By the button's index. */
  buttons: Record<number, { payload?: string; text?: string }>
}

export interface Filled {
  parts: string[]
  options: Choice[]
  /** A picture, film or document stands in its head, and has to come with the send. */
  media: 'image' | 'video' | 'document' | null
}

const PLACE = /\{\{\s*([a-z0-9_]+)\s*\}\}/g

/** Null when a template can be made of these, else one sentence why not. */
export function refuseTemplate(components: TemplateComponent[]): string | null {
  const types = components.map(({ type }) => type)
  if (new Set(types).size < types.length) return 'Each type of component can come once.'
  if (!types.includes('BODY')) return 'A template has a BODY.'
  for (const { type, format, text, buttons } of components) {
    const needsText =
      type === 'BODY' || type === 'FOOTER' || (type === 'HEADER' && (format ?? 'TEXT') === 'TEXT')
    if (needsText && !text?.trim()) return `The ${type} has a text.`
    if (type === 'BUTTONS' && !buttons?.length) return 'BUTTONS has buttons.'
    for (const button of buttons ?? []) {
      if (button.type === 'URL' && !button.url) return 'A button of the type URL has a url.'
      if (button.type === 'PHONE_NUMBER' && !button.phone_number) {
        return 'A button of the type PHONE_NUMBER has a phone_number.'
      }
    }
    const wrong = text && refusePlaces(text)
    if (wrong) return wrong
  }
  return null
}

/** A string: which place has no word, or that there are words without a place. */
export function fillTemplate(components: TemplateComponent[], fillings: Fillings): Filled | string {
  const part = (type: TemplateComponent['type']) => components.find((one) => one.type === type)
  const header = part('HEADER')
  const isText = header && (header.format ?? 'TEXT') === 'TEXT'
  const texts = [
    fill('header', isText ? (header.text ?? '') : '', isText ? fillings.header : EMPTY),
    fill('body', part('BODY')?.text ?? '', fillings.body),
    part('FOOTER')?.text ?? '',
  ]
  const wrong = texts.find((text) => typeof text !== 'string')
  if (wrong && typeof wrong !== 'string') return wrong.wrong
  const options: Choice[] = []
  const links: string[] = []
  for (const [at, button] of (part('BUTTONS')?.buttons ?? []).entries()) {
    const given = fillings.buttons[at] ?? {}
    if (button.type === 'QUICK_REPLY') {
      options.push({ id: given.payload ?? button.text, title: button.text })
    } else if (button.type === 'URL') {
      const url = fill(`buttons[${at}]`, button.url ?? '', {
        values: given.text ? [given.text] : [],
        named: {},
      })
      if (typeof url !== 'string') return url.wrong
      links.push(`${button.text}: ${url}`)
    } else links.push(`${button.text}: ${button.phone_number}`)
  }
  const media = header && !isText ? (header.format?.toLowerCase() as Filled['media']) : null
  return { parts: [...(texts as string[]), links.join('\n')], options, media }
}

const EMPTY: Filling = { values: [], named: {} }

function fill(where: string, text: string, { values, named }: Filling): string | { wrong: string } {
  const places = new Set([...text.matchAll(PLACE)].map((found) => found[1] as string))
  const given = values.length + Object.keys(named).length
  if (given !== places.size) {
    return { wrong: `${where}: number of localizable_params (${given}) does not match (${places.size}).` }
  }
  const wordOf = (place: string) => (/^\d+$/.test(place) ? values[Number(place) - 1] : named[place])
  const missing = [...places].find((place) => wordOf(place) === undefined)
  if (missing) return { wrong: `${where}: nothing is given for {{${missing}}}.` }
  return text.replace(PLACE, (_, place: string) => wordOf(place) as string)
}

/** Numbered from 1 without a gap, or all named. */
function refusePlaces(text: string): string | null {
  const places = [...new Set([...text.matchAll(PLACE)].map((found) => found[1] as string))]
  const numbers = places.filter((place) => /^\d+$/.test(place)).map(Number)
  if (numbers.length === 0) return null
  const isRow =
    numbers.length === places.length && Math.max(...numbers) === numbers.length && !numbers.includes(0)
  return isRow ? null : 'Places are numbered from {{1}} without a gap, or all have names.'
}
