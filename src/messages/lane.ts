// What the outbox remembers of one account: its hand-overs of the last day, and from them when the next may go.
import type { ISql } from 'postgres'
import type { Account } from '../accounts/store.ts'
import {
  estimateNewContactAt,
  estimateSendAt,
  type NextSend,
  nextNewContactAt,
  nextSendAt,
  pacingOf,
} from '../rules/pacing.ts'
import { listHandOverTimes, listNewContactTimes } from './contacts.ts'

export interface Lane {
  /** A pass runs; `again`: something came meanwhile. */
  running: boolean
  again: boolean
  timer: Timer | null
  /** The message whose hand-over is under way: nobody else may judge it. */
  inFlight: string | null
  /** Its canary is to be looked for: it goes at no pace. */
  canary: boolean
  /** The next message is being claimed: which one is not known before the database answers. */
  claiming: boolean
  /** The last claim's answer was lost: perhaps a message is claimed of which nobody heard. */
  claimLost: boolean
  /** Handed over, and what came of it could not be written down: an ack will tell. */
  unsettled: Set<string>
  /** The run whose page left a hand-over unproven: it may be dying, and gets nothing more before it answers. */
  doubted: { generation: number; run: number } | null
  /** About how many wait: counted now and then, moved along in between. */
  queued: number
  /** Draws the gap before the next message, so that asking twice gives the same answer. */
  chance: number
  /** Null until read from the table. */
  history: { sentAtMs: number[]; newAtMs: number[] } | null
}

const DAY_MS = 86_400_000

export function createLane(): Lane {
  return {
    running: false,
    again: false,
    timer: null,
    inFlight: null,
    canary: false,
    claiming: false,
    claimLost: false,
    unsettled: new Set(),
    doubted: null,
    queued: 0,
    chance: Math.random(),
    history: null,
  }
}

export async function readHistory(sql: ISql, accountId: string): Promise<NonNullable<Lane['history']>> {
  const [sentAtMs, newAtMs] = await Promise.all([
    listHandOverTimes(sql, accountId),
    listNewContactTimes(sql, accountId),
  ])
  return { sentAtMs, newAtMs }
}

/** When the next hand-over may be, and whether it may be to somebody never written to before. */
export function nextOf(lane: Lane, account: Account, nowMs: number): NextSend & { allowNew: boolean } {
  const next = nextSendAt(pacingOf(account.pacing), lane.history?.sentAtMs ?? [], nowMs, lane.chance)
  return { ...next, allowNew: newContactOf(lane, account, nowMs).reason === null }
}

function newContactOf(
  lane: Lane,
  account: Account,
  nowMs: number,
): NextSend | { atMs: null; reason: 'new_chats_refused' } {
  if (account.new_chats_refused_at) return { atMs: null, reason: 'new_chats_refused' }
  const linkedAtMs = account.linked_at?.getTime() ?? nowMs
  return nextNewContactAt(pacingOf(account.pacing), lane.history?.newAtMs ?? [], linkedAtMs, nowMs)
}

/** Why a message at the end of the queue waits, and about when it goes. */
export function explainWait(
  lane: Lane,
  account: Account,
  { isNew, nowMs }: { isNew: boolean; nowMs: number },
): { reason: string | null; expectedAtMs: number | null } {
  const contact = isNew ? newContactOf(lane, account, nowMs) : null
  if (contact?.reason) return { reason: contact.reason, expectedAtMs: contact.atMs }
  const position = Math.max(0, lane.queued - 1) + (lane.inFlight ? 1 : 0)
  const { atMs, reason } = estimateSendAt(
    pacingOf(account.pacing),
    lane.history?.sentAtMs ?? [],
    position,
    nowMs,
  )
  return { reason: reason ?? (position > 0 ? 'in_line' : null), expectedAtMs: atMs }
}

/**
 * About when the last of all that wait goes, and what holds it back the longest; null where some may not go at all.
 * `newPeople`: how many of their recipients were never written to before.
 */
export function explainQueue(
  lane: Lane,
  account: Account,
  { queued, newPeople, nowMs }: { queued: number; newPeople: number; nowMs: number },
): { reason: string | null; expectedAtMs: number | null } {
  const pacing = pacingOf(account.pacing)
  const { sentAtMs, newAtMs } = lane.history ?? { sentAtMs: [], newAtMs: [] }
  const paced = estimateSendAt(pacing, sentAtMs, queued - 1 + (lane.inFlight ? 1 : 0), nowMs)
  if (newPeople > 0) {
    if (account.new_chats_refused_at) return { reason: 'new_chats_refused', expectedAtMs: null }
    const linkedAtMs = account.linked_at?.getTime() ?? nowMs
    const atMs = estimateNewContactAt(pacing, newAtMs, linkedAtMs, newPeople - 1, nowMs)
    if (atMs === null || atMs > paced.atMs) return { reason: 'new_contacts_cap', expectedAtMs: atMs }
  }
  return { reason: paced.reason, expectedAtMs: paced.atMs }
}

export function noteHandOver(lane: Lane, { isNew, nowMs }: { isNew: boolean; nowMs: number }): void {
  const recent = (times: number[]) => times.filter((at) => at > nowMs - DAY_MS)
  const { sentAtMs, newAtMs } = lane.history ?? { sentAtMs: [], newAtMs: [] }
  lane.history = {
    sentAtMs: [...recent(sentAtMs), nowMs],
    newAtMs: isNew ? [...recent(newAtMs), nowMs] : recent(newAtMs),
  }
  lane.queued = Math.max(0, lane.queued - 1)
  lane.chance = Math.random()
}

/** Handed over, and no part of what pacing counts. */
export function noteCanary(lane: Lane): void {
  lane.queued = Math.max(0, lane.queued - 1)
}

/** It turned out that nobody was written to: the cap for new contacts is given back. */
export function takeBackNewContact(lane: Lane): void {
  lane.history?.newAtMs.pop()
}
