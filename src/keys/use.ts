// Writes down what keys were used for, every few seconds and whenever somebody looks.
import type { Sql } from 'postgres'
import type { KeyRequest } from '../rules/api-key.ts'
import { noteKeyRequests } from './store.ts'

export interface KeyUse {
  /** Resolves when all that was answered before this call is written. */
  write(): Promise<void>
}

/** `takeAll`: what was gathered since its last call. What cannot be written is lost: it is there to be looked at only. */
export function createKeyUse({
  sql,
  takeAll,
}: {
  sql: Sql
  takeAll: () => Map<string, KeyRequest[]>
}): KeyUse {
  let writing: Promise<unknown> = Promise.resolve()
  return {
    write() {
      // One after the other, so that newer ones stay above older ones.
      const next = writing.then(() => noteKeyRequests(sql, takeAll()))
      writing = next.catch(() => {})
      return next
    },
  }
}
