// Templates of a person, and what the shape of the Cloud API needs to know of messages around one.
import type { ISql } from 'postgres'
import type { Choices } from '../rules/cloud-choices.ts'
import type { TemplateComponent } from '../rules/cloud-template.ts'

export interface Template {
  id: string
  user_id: string
  name: string
  language: string
  components: TemplateComponent[]
  created_at: Date
}

/** `exists`: there is one of this name and language. `many`: the person has `most` already. */
export async function createTemplate(
  sql: ISql,
  {
    userId,
    name,
    language,
    components,
  }: Pick<Template, 'name' | 'language' | 'components'> & { userId: string },
  most: number,
): Promise<Template | 'exists' | 'many'> {
  // Two at once must not both be the last one.
  await sql`select 1 from users where id = ${userId} for no key update`
  const [count] = await sql<{ all: number }[]>`
    select count(*)::int as all from templates where user_id = ${userId}`
  if ((count?.all ?? 0) >= most) return 'many'
  const [row] = await sql<Template[]>`insert into templates ${sql({
    id: Bun.randomUUIDv7(),
    user_id: userId,
    name,
    language,
    components: sql.json(components as never),
  })} on conflict (user_id, name, language) do nothing returning *`
  return row ?? 'exists'
}

export async function listTemplates(sql: ISql, userId: string): Promise<Template[]> {
  return await sql<Template[]>`select * from templates where user_id = ${userId} order by name, language`
}

export async function findTemplate(
  sql: ISql,
  userId: string,
  { name, language }: Pick<Template, 'name' | 'language'>,
): Promise<Template | null> {
  const [row] = await sql<Template[]>`
    select * from templates where user_id = ${userId} and name = ${name} and language = ${language}`
  return row ?? null
}

export async function removeTemplate(sql: ISql, userId: string, id: string): Promise<boolean> {
  const rows = await sql`delete from templates where id = ${id} and user_id = ${userId} returning 1`
  return rows.length > 0
}

/** What a received message answers: who wrote what it quotes, and the choices that were put to its sender. */
export interface Answered {
  quoted_direction: 'in' | 'out' | null
  /** Of the quoted message; without a quote, of the last one that was sent to this person. */
  choices: Choices | null
  choices_id: string | null
}

/** Deliverer only. `message`: as in the table. */
export async function findAnswered(
  sql: ISql,
  message: { id: string; account_id: string | null; receiver_number: string; quoted_id: string | null },
): Promise<Answered> {
  const { id, account_id, receiver_number, quoted_id } = message
  const [row] = quoted_id
    ? await sql<Found[]>`
        select id, direction, content -> 'cloud' -> 'choices' as choices from message_logs
        where id = ${quoted_id} and account_id = ${account_id}`
    : await sql<Found[]>`
        select id, null as direction, content -> 'cloud' -> 'choices' as choices from message_logs m
        where account_id = ${account_id} and receiver_number = ${receiver_number} and id < ${id}
          and content -> 'cloud' ? 'choices'
          and not exists (
            select 1 from message_logs later where later.user_id = m.user_id and later.account_id = m.account_id
              and later.receiver_number = m.receiver_number and later.direction = 'out'
              and later.id > m.id and later.id < ${id} and later.kind not in ('reaction', 'edit', 'delete'))
        order by id desc limit 1`
  return {
    quoted_direction: row?.direction ?? null,
    choices: row?.choices ?? null,
    choices_id: row?.choices ? row.id : null,
  }
}

interface Found {
  id: string
  direction: 'in' | 'out' | null
  choices: Choices | null
}
