// Looks for secrets where they must not be: every column of every table of a database, in every spelling.
import type { Sql } from '../../src/database/connect.ts'
import type { TestApp } from '../support/app.ts'
import type { FuzzResult } from './fuzz.ts'
import { type Tour, tour } from './tour.ts'
import { MESSAGE_CANARY } from './values.ts'

export interface Found {
  table: string
  column: string
  /** Which of the needles, by its place in the list: never the needle itself. */
  needle: number
}

/** Where the text of a message may rest: with the message, its caption or its choices, and in what a webhook was told. */
const MESSAGE_COLUMNS = [
  'public.message_logs.message_body',
  'public.message_logs.content',
  'public.webhook_deliveries.body',
]

/**
 * Takes the tour, then looks for every secret of it and of the fuzz in tables, log and failures; and for the texts and
 * numbers of messages in the log and in tables where none belong. Sentences about what was found, without the secrets.
 */
export async function searchEverywhere(
  t: TestApp,
  fuzzed: FuzzResult,
): Promise<{ toured: Tour; found: string[] }> {
  const toured = await tour(t)
  const names = [...toured.secrets.keys()]
  const secrets = [...toured.secrets.values(), ...fuzzed.crowd.secrets]
  const told = (at: number) => names[at] ?? `credential ${at - names.length} of the fuzz`

  const inTables = await searchDatabase(t.database.owner, secrets)
  const texts = await searchDatabase(t.database.owner, [toured.message, MESSAGE_CANARY])
  const misplaced = texts.filter(({ table, column }) => !MESSAGE_COLUMNS.includes(`${table}.${column}`))
  const log = t.log()
  const failures = `${fuzzed.failures()}\n${toured.failures}`
  const quiet = {
    'the text of a message': toured.message,
    'a text of the fuzz': MESSAGE_CANARY,
    'a number': toured.number.slice(1),
  }
  return {
    toured,
    found: [
      ...inTables.map(({ table, column, needle }) => `${told(needle)} is in ${table}.${column}`),
      ...misplaced.map(({ table, column }) => `the text of a message is in ${table}.${column}`),
      ...secrets.flatMap((secret, at) => (log.includes(secret) ? [`${told(at)} is in the log`] : [])),
      ...secrets.flatMap((secret, at) => (failures.includes(secret) ? [`${told(at)} is in a failure`] : [])),
      ...Object.entries(quiet).flatMap(([name, text]) =>
        log.includes(text) ? [`${name} is in the log`] : [],
      ),
    ],
  }
}

/** Where each needle stands in the clear, as base64, as hex, or percent-encoded; as text and inside bytea. */
export async function searchDatabase(owner: Sql, needles: readonly string[]): Promise<Found[]> {
  const columns = await owner<{ table: string; column: string; type: string }[]>`
    select c.table_schema || '.' || c.table_name as "table", c.column_name as "column", c.data_type as type
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema')
      and c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY', 'USER-DEFINED')
    order by 1, 2`
  if (columns.length < 20)
    throw new Error('information_schema shows almost no columns: nothing would be found')
  const spelled = needles.flatMap((needle, at) => spellings(needle).map((text) => ({ text, at })))
  const found: Found[] = []
  for (const { table, column, type } of columns) {
    const name = owner(column)
    // Of a bytea every printable byte stays what it is, and the others become numbers.
    const text = type === 'bytea' ? owner`encode(${name}, 'escape')` : owner`${name}::text`
    // Every row for every spelling of every secret: longer than any query of the program may take.
    const rows = await owner.begin(async (tx) => {
      await tx`set local statement_timeout = 0`
      return tx<{ at: number }[]>`
      select distinct needle.at from ${owner(table)}, lateral (select ${text} as whole) as cell,
        unnest(${spelled.map((one) => one.text)}::text[], ${spelled.map((one) => one.at)}::int[]) as needle (text, at)
      where strpos(cell.whole, needle.text) > 0`
    })
    found.push(...rows.map(({ at }) => ({ table, column, needle: at })))
  }
  return found
}

/** Encoding protects nothing: the text itself and how programs write it down. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Inside a longer base64 text a secret may begin at any of three places; the middle of each is looked for.
  const shifted = [0, 1, 2].map((skip) =>
    bytes.subarray(skip, skip + Math.floor((bytes.length - skip) / 3) * 3),
  )
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      bytes.toString('hex'),
      ...shifted.map((part) => part.toString('base64').replaceAll('=', '')),
      ...shifted.map((part) => part.toString('base64url')),
    ]),
  ]
}
