// A page of a list, newest first: how it is asked for by key, and where the next one begins.
import { t } from 'elysia'
import { Problem } from './problem.ts'
import { isUuid } from './shape.ts'

export const pageQuery = () => ({
  after: t.Optional(t.String({ maxLength: 100, description: 'The `next` of the page before.' })),
  limit: t.Optional(t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1 })),
})

/** What a list is read by: rows behind the one with this id, so many at most. */
export interface Page {
  after: string | null
  limit: number
}

/**
 * Fifty rows unless asked otherwise, and the id to go on from, null at the end. Throws `bad_cursor`. One row more than
 * asked for is read: whether it is there says whether a page follows.
 */
export async function readPage<Row>(
  { after, limit = 50 }: { after?: string | undefined; limit?: number | undefined },
  idOf: (row: Row) => string,
  read: (page: Page) => Promise<Row[]>,
): Promise<{ rows: Row[]; next: string | null }> {
  if (after && !isUuid(after)) throw new Problem('bad_cursor')
  const found = await read({ after: after || null, limit: limit + 1 })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: last && found.length > limit ? idOf(last) : null }
}
