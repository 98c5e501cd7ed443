// The message being written, and what became of the one just sent.
import { signal } from '@preact/signals'
import { type Api, type ApiProblem, asProblem, type MessageDetail } from '../api.ts'
import type { Live } from '../live.ts'
import { createSoon } from './soon.ts'

export type Compose = ReturnType<typeof createCompose>

export function createCompose(api: Api, live: Pick<Live, 'onEvent'>) {
  const accountId = signal<string | null>(null)
  const number = signal('')
  const text = signal('')
  /** Local date and time as the input gives it, or null: now. */
  const sendAt = signal<string | null>(null)
  const sending = signal(false)
  const problem = signal<ApiProblem | null>(null)
  const sent = signal<MessageDetail | null>(null)
  let sentId: string | null = null

  async function send() {
    if (sending.value) return
    sending.value = true
    problem.value = null
    try {
      const accepted = await api.send({
        number: number.value,
        message: text.value,
        ...(accountId.value ? { account_id: accountId.value } : {}),
        ...(sendAt.value ? { send_at: new Date(sendAt.value).toISOString() } : {}),
      })
      sentId = accepted.id
      await follow()
      text.value = ''
      sendAt.value = null
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      sending.value = false
    }
  }

  async function follow() {
    const id = sentId
    if (!id) return
    const found = await api.findMessage(id).catch(() => null)
    if (found && id === sentId) sent.value = found
  }
  const followSoon = createSoon(follow, 200)

  live.onEvent((event) => {
    if (sentId && event.message_id === sentId) void followSoon()
  })

  function forgetSent() {
    sentId = null
    sent.value = null
  }

  function clear() {
    forgetSent()
    accountId.value = null
    number.value = ''
    text.value = ''
    sendAt.value = null
    problem.value = null
  }

  return { accountId, number, text, sendAt, sending, problem, sent, send, forgetSent, clear }
}
