// Pieces of request and answer shapes that several routes share.
import { type TObject, type TProperties, type TUnsafe, Type } from '@sinclair/typebox'
import { t } from 'elysia'

/** A JSON body; fields that it does not name are refused. */
export function body<T extends TProperties>(properties: T): TObject<T> {
  return t.Object(properties, { additionalProperties: false })
}

/** Query parameters; those that it does not name are ignored. */
export function query<T extends TProperties>(properties: T): TObject<T> {
  return t.Object(properties, { additionalProperties: true })
}

/** One of a closed list of words. (Elysia's own enum would fill in the first one where none is given.) */
export function oneOf<const T extends readonly string[]>(words: T): TUnsafe<T[number]> {
  return t.Union(words.map((word) => t.Literal(word))) as unknown as TUnsafe<T[number]>
}

/** A whole number in JSON. (Elysia's own also takes a text that looks like one.) */
export const whole = Type.Integer

export const id = t.String({ format: 'uuid', description: 'An id, as this API gives them out.' })
export const time = t.String({ format: 'date-time', description: 'ISO 8601, UTC.' })

export const problem = t.Object({
  type: t.String(),
  title: t.String(),
  status: whole(),
  code: t.String({ description: 'Stable: decide by this.' }),
  detail: t.String({ description: 'A sentence for people.' }),
  request_id: t.String(),
})

/** What can go wrong on nearly every route, for the documentation. */
export const problems = { 401: problem, 403: problem, 422: problem, 429: problem, 503: problem }

/** For 204: done, and there is nothing to say. */
export const nothing = t.Void({ description: 'Done.' })

export function iso(date: Date | null): string | null {
  return date ? date.toISOString() : null
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return UUID.test(text)
}
