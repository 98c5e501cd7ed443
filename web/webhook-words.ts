// Webhooks in words: what can be told, how a delivery stands, and why one came to nothing.
import type { EVENT_TYPES } from '../src/rules/event-types.ts'
import { OUTBOUND_FAILURES } from '../src/rules/outbound-failures.ts'
import type { DeliveryState, Try, Webhook } from './calls/webhooks.ts'

const eventWords: Record<(typeof EVENT_TYPES)[number], string> = {
  'message.received': 'A message came in',
  'message.status': 'A message of yours was sent, delivered, read or failed',
  'message.file': 'The file of a message is there, or will not come',
  'account.state': 'An account connects, drops or needs you',
  'account.alert': 'An account has been in trouble for a while',
  'account.created': 'An account was added',
  'account.removed': 'An account was removed',
  'account.new_chats_refused': 'WhatsApp refuses new chats for an account',
  'key.created': 'An API key was made',
  'key.changed': 'An API key was changed',
  'key.rotated': 'An API key was rotated',
  'key.revoked': 'An API key was deleted',
  'webhook.disabled': 'A webhook was switched off',
}

/** The most wanted first. */
export const EVENT_CHOICES = Object.entries(eventWords)

/** `*` and nothing else: everything, also what is thought of later. */
export function isEverything(events: string[]): boolean {
  return events.includes('*')
}

export function eventsSentence({ events }: Pick<Webhook, 'events'>): string {
  return isEverything(events) ? 'Everything' : events.join(', ')
}

const stateLooks: Record<DeliveryState, [word: string, tone: string]> = {
  waiting: ['Waiting', 'info'],
  delivered: ['Delivered', 'good'],
  failed: ['Given up', 'bad'],
  cancelled: ['Cancelled', 'neutral'],
}
export const DELIVERY_STATES = Object.entries(stateLooks).map(([state, [word]]) => [state, word] as const)

export function deliveryLook(state: DeliveryState): [word: string, tone: string] {
  return stateLooks[state] ?? [state, 'neutral']
}

const offWords = {
  by_owner: 'You switched it off.',
  gone: 'The receiver said that it is gone for good (410), so it was switched off.',
  failing: 'It failed for too long, so it was switched off.',
}

/** Null: nothing is wrong. */
export function troubleSentence(webhook: Webhook): string | null {
  if (!webhook.enabled) return webhook.disabled_reason ? offWords[webhook.disabled_reason] : 'It is off.'
  return webhook.failing_since ? 'The receiver fails at the moment; BotWave goes on trying.' : null
}

/** What came of one try, such as `The receiver answered 500.` */
export function trySentence({ status, failure }: Pick<Try, 'status' | 'failure'>): string {
  if (!failure) return `The receiver took it (${status}).`
  if (failure === 'redirected') return `The receiver leads elsewhere (${status}); give its own address.`
  if (failure === 'refused') return `The receiver answered ${status}.`
  return OUTBOUND_FAILURES[failure as keyof typeof OUTBOUND_FAILURES] ?? failure
}
