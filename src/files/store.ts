// Files of people: what each is called and which bytes it names. Two people with the same bytes have a row each.
import type { ISql } from 'postgres'

export interface StoredFile {
  id: string
  user_id: string
  /** Of the bytes, in hex. */
  sha256: string
  name: string | null
  mime_type: string
  /** As text: bigint. */
  size_bytes: string
  origin: FileOrigin
  created_at: Date
  used_at: Date
}

/** A file that came in and is not kept yet. */
export interface Upload {
  /** Where its bytes lie until then. */
  path: string
  sha256: string
  sizeBytes: number
  name: string | null
  /** Without parameters, lower case. */
  mimeType: string
  /** It is not wanted after all. */
  drop(): Promise<void>
}

/** A file as it comes in: what is said of it is not to be trusted. */
export interface FilePart {
  name: string | null
  mimeType: string
  bytes: AsyncIterable<Uint8Array>
}

/** Where files come from; `source.ts` is one. */
export interface FileSource {
  /** Writes a file down without keeping it. Throws `file_too_large` or `file_empty`. */
  receive(part: FilePart): Promise<Upload>
  keep(userId: string, upload: Upload): Promise<StoredFile>
  /** Throws `file_unreachable`, `file_too_large` or `file_empty`. */
  fetch(userId: string, url: string): Promise<StoredFile>
  remove(userId: string, id: string): Promise<void>
}

export type FileOrigin = 'upload' | 'url' | 'whatsapp'

export interface NewFile {
  userId: string
  sha256: string
  name: string | null
  mimeType: string
  sizeBytes: number
  origin: FileOrigin
}

/** Call it through `Shelf.keep`, so that the bytes are there when the row is. */
export async function createFile(sql: ISql, file: NewFile): Promise<StoredFile> {
  const [row] = await sql<StoredFile[]>`insert into files ${sql({
    id: Bun.randomUUIDv7(),
    user_id: file.userId,
    sha256: file.sha256,
    name: file.name,
    mime_type: file.mimeType,
    size_bytes: file.sizeBytes,
    origin: file.origin,
  })} returning *`
  return row as StoredFile
}

/** `accountIds`: only what was uploaded, or came or went through one of these accounts. */
export async function findFile(
  sql: ISql,
  userId: string,
  id: string,
  accountIds: string[] | null = null,
): Promise<StoredFile | null> {
  const [row] = await sql<StoredFile[]>`
    select * from files f where id = ${id} and user_id = ${userId}
      ${
        accountIds
          ? sql`and (origin <> 'whatsapp' or exists (select 1 from message_logs m
              where m.file_id = f.id and m.account_id in ${sql(accountIds)}))`
          : sql``
      }`
  return row ?? null
}

/** Newest first. `after`: the id of the last one seen. */
export async function listFiles(
  sql: ISql,
  userId: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<StoredFile[]> {
  return await sql<StoredFile[]>`
    select * from files where user_id = ${userId} ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${limit}`
}

export async function removeFile(sql: ISql, userId: string, id: string): Promise<StoredFile | null> {
  const [row] = await sql<StoredFile[]>`
    delete from files where id = ${id} and user_id = ${userId} returning *`
  return row ?? null
}

/** Sent, or named in a message: the retention counts anew. */
export async function noteFileUsed(sql: ISql, userId: string, id: string): Promise<void> {
  await sql`update files set used_at = now() where id = ${id} and user_id = ${userId}`
}

/** Under which hash the bytes of a file lie. Whoever asks has made sure whose it is. */
export async function findFileHash(sql: ISql, id: string): Promise<string | null> {
  const [row] = await sql<{ sha256: string }[]>`select sha256 from files where id = ${id}`
  return row?.sha256 ?? null
}

/** Whether anybody at all has these bytes. Sees everybody's rows or answers wrongly: for the shelf only. */
export async function isKept(sql: ISql, sha256: string): Promise<boolean> {
  const rows = await sql`select 1 from files where sha256 = ${sha256} limit 1`
  return rows.length > 0
}

/**
 * Removes what nobody used for so many days, except what a waiting message still needs. Answers the hashes that lost
 * a row. Everybody's.
 */
export async function removeUnusedFiles(
  sql: ISql,
  { days, limit }: { days: number; limit: number },
): Promise<string[]> {
  const rows = await sql<{ sha256: string }[]>`
    delete from files where id in (
      select id from files f where used_at < now() - make_interval(days => ${days})
        and not exists (select 1 from message_logs m
          where m.file_id = f.id and m.status in ('scheduled', 'queued', 'sending'))
      order by used_at limit ${limit} for update skip locked)
    returning sha256`
  return [...new Set(rows.map((row) => row.sha256))]
}
