// One message handed to its account's Worker, and looked up there: what is asked, and what a missing answer proves.
import type { SendAsk, SendOutcome } from '../../workers/protocol.ts'
import type { Account } from '../accounts/store.ts'
import type { SendKind } from '../rules/message-content.ts'
import type { Message } from './store.ts'

/** What the messages ask of the accounts; `app.ts` hands it in. */
export interface AccountsAsked {
  /** The run of an account that may send now, or null. */
  readyRun(accountId: string): { generation: number; run: number; account: Account } | null
  ask(accountId: string, name: 'send', ask: SendAsk, deadlineMs: number): Promise<SendOutcome>
  ask(
    accountId: string,
    name: 'acks',
    ask: { ids: string[]; chats: Record<string, string> },
    deadlineMs: number,
  ): Promise<{ pageLoad: string; acks: Record<string, number | null> }>
}

export interface HandOverParts {
  accounts: AccountsAsked
  /** Where the bytes of a file lie; null when it was removed. */
  filePath(fileId: string): Promise<string | null>
}

/** The Worker's own deadline for a send is shorter; this one is for a Worker that says nothing at all. */
const SEND_DEADLINE_MS = 75_000
/** Before the hand-over of a file the page uploads it, which may take long. */
const UPLOAD_DEADLINE_MS = 180_000
const ACKS_DEADLINE_MS = 10_000

/** `3EB0` and 18 upper-case hex digits: what WhatsApp Web itself makes. */
export function newWhatsappId(): string {
  return `3EB0${Buffer.from(crypto.getRandomValues(new Uint8Array(9)))
    .toString('hex')
    .toUpperCase()}`
}

/** Trouble with the Worker is an outcome that says whether surely nothing went out; rejects where the file's row is unreadable. */
export async function handOver(
  { accounts, filePath: findPath }: HandOverParts,
  accountId: string,
  message: Message,
): Promise<SendOutcome> {
  const { content, kind, file_id: fileId } = message
  const filePath = fileId ? await findPath(fileId) : null
  if (content.file && !filePath) return { outcome: 'refused', code: 'file_gone', retry: false }
  const ask: SendAsk = {
    messageId: message.id,
    requestId: message.request_id,
    whatsappId: message.whatsapp_id as string,
    chatId: message.chat_id,
    text: message.message_body,
    kind: kind as SendKind,
    content,
    ...(filePath && { filePath }),
  }
  try {
    const deadlineMs = SEND_DEADLINE_MS + (filePath ? UPLOAD_DEADLINE_MS : 0)
    return await accounts.ask(accountId, 'send', ask, deadlineMs)
  } catch (error) {
    const { code } = error as { code?: string }
    // The Worker had not begun: certain. Anything else may have happened after the call.
    if (code === 'not_started' || code === 'not_ready' || code === 'wrong_run') {
      return { outcome: 'refused', code: 'not_ready', retry: true }
    }
    return { outcome: 'unproven', code: code === 'deadline' ? 'deadline' : 'page_lost', pageLoad: null }
  }
}

/** By the id chosen for it; null when its page does not answer. */
export async function lookUp(
  accounts: AccountsAsked,
  accountId: string,
  message: Message,
): Promise<{ pageLoad: string; ack: number | null } | null> {
  const id = message.whatsapp_id as string
  const ask = { ids: [id], chats: { [id]: message.chat_id } }
  const answer = await accounts.ask(accountId, 'acks', ask, ACKS_DEADLINE_MS).catch(() => null)
  return answer && { pageLoad: answer.pageLoad, ack: answer.acks[id] ?? null }
}

/** Whether the account's page answers at all. */
export async function answers(accounts: AccountsAsked, accountId: string): Promise<boolean> {
  return accounts.ask(accountId, 'acks', { ids: [], chats: {} }, ACKS_DEADLINE_MS).then(
    () => true,
    () => false,
  )
}
