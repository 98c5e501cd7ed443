// Webhooks in the shape of the Cloud API: verified when they are made, and what each delivery says.
import { timingSafeEqual } from 'node:crypto'
import type { ISql } from 'postgres'
import { findAnswered } from '../cloud/store.ts'
import { Problem } from '../http/problem.ts'
import { type Outbound, OutboundError } from '../outbound.ts'
import { type CloudMessageRow, cloudPayload } from '../rules/cloud-webhook.ts'
import type { Due } from './deliveries.ts'

/** What such a webhook is told where its owner chose nothing. */
export const CLOUD_EVENTS = ['message.received', 'message.file', 'message.status']

/** Nothing happened: what a test of such a webhook sends. */
export const CLOUD_TEST = JSON.stringify({ object: 'whatsapp_business_account', entry: [] })

const VERIFY_MS = 10_000
const ANSWER_BYTES = 1_024

/**
 * Asks the address as Meta does when a callback is configured ("Getting started" of its Webhooks documentation): a GET
 * with `hub.mode`, `hub.verify_token` and `hub.challenge`. Throws `webhook_not_verified` unless the challenge comes
 * back.
 */
export async function verifyCallback(outbound: Outbound, url: string, token: string): Promise<void> {
  const challenge = String(crypto.getRandomValues(new Uint32Array(1))[0])
  const asked = new URL(url)
  asked.searchParams.set('hub.mode', 'subscribe')
  asked.searchParams.set('hub.challenge', challenge)
  asked.searchParams.set('hub.verify_token', token)
  const answer = await ask(outbound, asked.href)
  const [said, expected] = [Buffer.from(answer.trim()), Buffer.from(challenge)]
  if (said.length !== expected.length || !timingSafeEqual(said, expected))
    throw new Problem('webhook_not_verified')
}

async function ask(outbound: Outbound, url: string): Promise<string> {
  try {
    const answer = await outbound.request(url, {
      timeoutMs: VERIFY_MS,
      maxRedirects: 0,
      maxBytes: ANSWER_BYTES,
    })
    if (answer.status === 200) return await new Response(answer.body).text()
    await answer.body.cancel()
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    throw new Problem('webhook_not_verified', `${error.message} So it did not answer the verification.`)
  }
  throw new Problem('webhook_not_verified')
}

/** The body of one delivery; null when there is nothing to tell in this shape. */
export async function cloudBodyOf(sql: ISql, userId: string, due: Due): Promise<string | null> {
  const message = due.message as unknown as CloudMessageRow | null
  const answered =
    message?.direction === 'in'
      ? await findAnswered(sql, {
          id: message.id,
          account_id: due.account_id,
          receiver_number: message.receiver_number,
          quoted_id: message.content.quoted_id ?? null,
        })
      : null
  const payload = cloudPayload({ ...due, user_id: userId, message, answered })
  return payload && toAscii(JSON.stringify(payload))
}

/** As Meta does: receivers check the signature over the text with everything but ASCII written as \\u and four digits. */
function toAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
