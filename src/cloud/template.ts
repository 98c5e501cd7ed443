// A template message, filled in: its stored components and the words that come with the send.
import { numberedText } from '../rules/cloud-choices.ts'
import { type Fillings, fillTemplate, type TemplateComponent } from '../rules/cloud-template.ts'
import { type Fields, fieldsIn, listIn, optionalText, refusal, textIn } from './fields.ts'
import { type CloudContent, readFile } from './message.ts'

/** Which template a send names. */
export function readTemplateName(template: Fields): { name: string; language: string } {
  const name = textIn(template, 'name', "template['name']", 512)
  const language = fieldsIn(template, 'language', "template['language']")
  return { name, language: textIn(language, 'code', "template['language']['code']", 20) }
}

/** Throws a refusal. */
export function readTemplate(template: Fields, stored: TemplateComponent[]): CloudContent {
  const given =
    template.components === undefined ? [] : listIn(template, 'components', "template['components']", 20)
  const fillings: Fillings = { header: nothing(), body: nothing(), buttons: {} }
  let file: CloudContent | undefined
  for (const [at, component] of given.entries()) {
    const path = `template['components'][${at}]`
    const type = textIn(component, 'type', `${path}['type']`, 20).toLowerCase()
    const parameters =
      component.parameters === undefined ? [] : listIn(component, 'parameters', `${path}['parameters']`, 100)
    if (type === 'button') {
      readButton(component, parameters, path, fillings)
      continue
    }
    if (type !== 'header' && type !== 'body')
      throw refusal(131009, `Param ${path}['type'] is header, body or button.`)
    for (const [one, parameter] of parameters.entries()) {
      const where = `${path}['parameters'][${one}]`
      const kind = textIn(parameter, 'type', `${where}['type']`, 20)
      if (type === 'header' && (kind === 'image' || kind === 'video' || kind === 'document')) {
        file = readFile(fieldsIn(parameter, kind, `${where}['${kind}']`), kind)
        continue
      }
      const name = optionalText(parameter, 'parameter_name', `${where}['parameter_name']`, 100)
      const word = readWord(parameter, kind, where)
      if (name) fillings[type].named[name] = word
      else fillings[type].values.push(word)
    }
  }
  const filled = fillTemplate(stored, fillings)
  if (typeof filled === 'string') throw refusal(132000, filled)
  if (filled.media && file?.as !== filled.media)
    throw refusal(131008, `The header of this template needs a ${filled.media}.`)
  if (!filled.media && file) throw refusal(132000, 'The header of this template carries no file.')
  const { parts, options } = filled
  return {
    ...file,
    message: numberedText(parts, options),
    ...(options.length > 0 && { cloud: { choices: { kind: 'button' as const, options } } }),
  }
}

const nothing = () => ({ values: [], named: Object.create(null) })

function readWord(parameter: Fields, kind: string, where: string): string {
  if (kind === 'text') return textIn(parameter, 'text', `${where}['text']`)
  if (kind !== 'currency' && kind !== 'date_time') {
    throw refusal(131009, `Param ${where}['type'] is text, currency, date_time or the kind of a file.`)
  }
  return textIn(
    fieldsIn(parameter, kind, `${where}['${kind}']`),
    'fallback_value',
    `${where}['${kind}']['fallback_value']`,
  )
}

function readButton(component: Fields, parameters: Fields[], path: string, fillings: Fillings): void {
  const index = Number(component.index)
  if (!Number.isInteger(index) || index < 0 || index > 9)
    throw refusal(131009, `Param ${path}['index'] is 0 to 9.`)
  const [parameter] = parameters
  if (!parameter) return
  const payload = optionalText(parameter, 'payload', `${path}['parameters'][0]['payload']`, 128)
  const text = optionalText(parameter, 'text', `${path}['parameters'][0]['text']`, 2_000)
  fillings.buttons[index] = { ...(payload && { payload }), ...(text && { text }) }
}
