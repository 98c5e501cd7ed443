// Reads single fields of a Cloud API request, each refused with the code that the Cloud API has for it.
import { Problem } from '../http/problem.ts'
import type { CloudErrorCode } from '../rules/cloud-errors.ts'

export type Fields = Record<string, unknown>

/** To be thrown: answered in the Cloud API's error shape with this code. */
export function refusal(code: CloudErrorCode, details: string): Problem {
  return new Problem('cloud_refused', details, { fields: { cloud: code } })
}

export function fieldsIn(container: Fields, name: string, path = name): Fields {
  const value = container[name]
  if (value === undefined || value === null) throw refusal(131008, `Param ${path} is missing.`)
  if (typeof value !== 'object' || Array.isArray(value))
    throw refusal(100, `Param ${path} must be an object.`)
  return value as Fields
}

export function listIn(container: Fields, name: string, path: string, most: number): Fields[] {
  const value = container[name]
  if (value === undefined || value === null) throw refusal(131008, `Param ${path} is missing.`)
  if (!Array.isArray(value)) throw refusal(100, `Param ${path} must be an array.`)
  if (value.length === 0 || value.length > most)
    throw refusal(131009, `Param ${path} has 1 to ${most} elements.`)
  const wrong = value.findIndex((one) => one === null || typeof one !== 'object' || Array.isArray(one))
  if (wrong >= 0) throw refusal(100, `Param ${path}[${wrong}] must be an object.`)
  return value
}

export function textIn(container: Fields, name: string, path: string, most = 4_096): string {
  const text = optionalText(container, name, path, most)
  if (text === undefined || text.trim() === '') throw refusal(131008, `Param ${path} is missing.`)
  return text
}

export function optionalText(
  container: Fields,
  name: string,
  path: string,
  most = 4_096,
): string | undefined {
  const value = container[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw refusal(100, `Param ${path} must be a string.`)
  if (value.length > most) throw refusal(131009, `Param ${path} has at most ${most} characters.`)
  return value
}

/** Also as a text, which official clients send. */
export function numberIn(container: Fields, name: string, path: string, most: number): number {
  const value = container[name]
  if (value === undefined || value === null || value === '')
    throw refusal(131008, `Param ${path} is missing.`)
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !(Math.abs(number) <= most)) {
    throw refusal(131009, `Param ${path} is a number from -${most} to ${most}.`)
  }
  return number
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Our id inside an id that the dialect gave out. */
export function messageIdIn(container: Fields, name: string, path: string): string {
  const text = textIn(container, name, path, 200)
  const id = text.startsWith('wamid.') ? text.slice('wamid.'.length) : ''
  if (!isUuid(id)) throw refusal(131009, `Param ${path} is no message id of this phone number.`)
  return id
}
