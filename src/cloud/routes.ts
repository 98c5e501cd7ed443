// The Cloud API's dialect: what is written for Meta's API sends through a linked phone. The account is the phone number
// id, an API key the token. Paths and shapes: developers.facebook.com/docs/whatsapp/cloud-api/reference.
import { Elysia, t } from 'elysia'
import { findAccount } from '../accounts/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import { type FileSource, findFile } from '../files/store.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { isMultipart, readMultipart } from '../http/multipart.ts'
import { Problem } from '../http/problem.ts'
import { isUuid } from '../http/shape.ts'
import { findMessage, type Message, noteSeen } from '../messages/store.ts'
import { type Fields, fieldsIn, messageIdIn, optionalText, refusal, textIn } from './fields.ts'
import { type CloudContent, readMessage } from './message.ts'
import { isCloudPath } from './refuse.ts'
import { findTemplate } from './store.ts'
import { readTemplate, readTemplateName } from './template.ts'
import { messageAnswer, messageBody, nodeAnswer } from './view.ts'

/** A reaction, as it is queued. */
interface Reaction {
  kind: 'reaction'
  text: string
  content: { emoji: string; target: string; target_id: string }
  fileId: null
  accountId: string
  undo(): Promise<void>
}

type Answer = { headers: Record<string, unknown>; status?: number | string }

/** The way in that all routes share (`createSend` of the messages), handed in by `api.ts`. */
export type CloudSend = (asked: {
  request: Request
  caller: Caller
  set: Answer
  send: CloudContent & { number: string; account_id: string; reply_to?: string }
  waitS: undefined
  composed?: Reaction
}) => Promise<{ id: string; to: string }>

export interface CloudRouteParts {
  asPerson: AsPerson
  guard: Guard
  limiter: Limiter
  files: FileSource
  send: CloudSend
  /** Throws a problem where the account cannot do it now. */
  atOnce: (
    accountId: string,
    name: 'seen' | 'typing',
    ask: { chatId: string; state: 'typing' },
  ) => Promise<void>
  /** What addresses of this program start with, without a slash at the end. */
  url: () => string
}

const UPLOADS_PER_MINUTE = 120
const id = t.Object({ id: t.String() })
const success = t.Object({ success: t.Boolean() })
const failures = { 404: t.Any(), 409: t.Any() }

export function cloudRoutes({ asPerson, guard, limiter, files, send, atOnce, url }: CloudRouteParts) {
  async function findOwnMessage({ userId }: Caller, accountId: string, messageId: string): Promise<Message> {
    const message = await asPerson(userId, (tx) => findMessage(tx, userId, messageId))
    if (message?.account_id !== accountId) throw new Problem('message_not_found')
    return message
  }

  async function findOwnAccount({ userId, key }: Caller, accountId: string) {
    const account = isUuid(accountId)
      ? await asPerson(userId, (tx) => findAccount(tx, userId, accountId))
      : null
    if (!account) throw new Problem('account_not_found')
    if (key?.accountIds && !key.accountIds.includes(account.id)) throw new Problem('account_not_allowed')
    return account
  }

  async function findOwnFile({ userId, key }: Caller, fileId: string) {
    if (!isUuid(fileId)) return null
    return asPerson(userId, (tx) => findFile(tx, userId, fileId, key?.accountIds ?? null))
  }

  async function markAsRead(caller: Caller, accountId: string, body: Fields): Promise<void> {
    if (body.status !== 'read') throw refusal(131009, 'Param status is read.')
    const message = await findOwnMessage(caller, accountId, messageIdIn(body, 'message_id', 'message_id'))
    if (message.direction !== 'in') throw new Problem('not_received')
    const isTyping = body.typing_indicator !== undefined
    if (isTyping && fieldsIn(body, 'typing_indicator').type !== 'text') {
      throw refusal(131009, "Param typing_indicator['type'] is text.")
    }
    const ask = { chatId: message.chat_id, state: 'typing' as const }
    await atOnce(accountId, 'seen', ask)
    await asPerson(caller.userId, (tx) => noteSeen(tx, caller.userId, message))
    if (isTyping) await atOnce(accountId, 'typing', ask)
  }

  async function readContent(
    caller: Caller,
    accountId: string,
    body: Fields,
  ): Promise<{ content: CloudContent; composed?: Reaction }> {
    const { userId } = caller
    const read = readMessage(body)
    if (read.type === 'content') return { content: read.content }
    if (read.type === 'template') {
      const named = readTemplateName(read.template)
      const found = await asPerson(userId, (tx) => findTemplate(tx, userId, named))
      if (!found) throw refusal(132001, `Template ${named.name} does not exist in ${named.language}.`)
      return { content: readTemplate(read.template, found.components) }
    }
    const message = await findOwnMessage(caller, accountId, read.messageId)
    if (!message.whatsapp_id || message.status === 'sending' || message.content.target) {
      throw refusal(131009, 'This message cannot be reacted to.')
    }
    if (read.emoji !== '' && !isEmoji(read.emoji))
      throw refusal(131009, "Param reaction['emoji'] is one emoji.")
    const content = { emoji: read.emoji, target: message.whatsapp_id, target_id: message.id }
    const undo = async () => {}
    const composed: Reaction = { kind: 'reaction', text: '', content, fileId: null, accountId, undo }
    return { content: { message: '' }, composed }
  }

  return (
    new Elysia({ name: 'cloud', normalize: false, detail: { tags: ['Cloud API'] } })
      .onTransform(({ request }) => {
        if (!isCloudPath(new URL(request.url).pathname)) throw new Problem('not_found')
      })
      .use(guard)
      .post(
        '/:version/:id/messages',
        async ({ caller, params, body: given, request, set }) => {
          const { id: accountId } = await findOwnAccount(caller, params.id)
          const body = given as Fields
          if (body.messaging_product !== 'whatsapp')
            throw refusal(100, 'Param messaging_product is whatsapp.')
          if (body.status !== undefined) {
            await markAsRead(caller, accountId, body)
            return { success: true }
          }
          const input = textIn(body, 'to', 'to', 100)
          const callback = optionalText(body, 'biz_opaque_callback_data', 'biz_opaque_callback_data', 512)
          const replyTo =
            body.context === undefined
              ? undefined
              : messageIdIn(fieldsIn(body, 'context'), 'message_id', "context['message_id']")
          const { content, composed } = await readContent(caller, accountId, body)
          const cloud = { ...content.cloud, ...(callback !== undefined && { callback_data: callback }) }
          const accepted = await send({
            request,
            caller,
            set,
            waitS: undefined,
            send: {
              ...content,
              // Always with its country code here.
              number: /^\d/.test(input) && !input.includes('@') ? `+${input}` : input,
              account_id: accountId,
              ...(replyTo && { reply_to: replyTo }),
              ...(Object.keys(cloud).length > 0 && { cloud }),
            },
            ...(composed && { composed }),
          })
          set.status = 200
          return {
            messaging_product: 'whatsapp',
            contacts: [{ input, wa_id: accepted.to.split('@')[0] as string }],
            messages: [{ id: `wamid.${accepted.id}` }],
          }
        },
        {
          who: 'send',
          body: messageBody,
          response: { 200: messageAnswer, ...failures },
          detail: {
            summary: 'Send a message, or mark one as read',
            description: 'As POST /{version}/{phone_number_id}/messages of the WhatsApp Cloud API.',
          },
        },
      )
      .post(
        '/:version/:id/media',
        async ({ caller, params, request, set }) => {
          await findOwnAccount(caller, params.id)
          Object.assign(set.headers, limiter.take('uploads', caller.userId, UPLOADS_PER_MINUTE, 60_000))
          if (!isMultipart(request)) throw new Problem('not_multipart')
          const { fields, file } = await readMultipart(request, files.receive, (upload) => upload.drop())
          if (!file) throw new Problem('file_missing')
          const type = fields.type?.split(';')[0]?.trim().toLowerCase()
          if (type && !/^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(type)) {
            await file.drop()
            throw refusal(131009, 'Param type is the type of the file, such as image/png.')
          }
          return { id: (await files.keep(caller.userId, type ? { ...file, mimeType: type } : file)).id }
        },
        {
          who: 'send',
          // Read as it comes, and only once it is known who asks.
          parse: 'none',
          response: { 200: id, 415: t.Any(), ...failures },
          detail: {
            summary: 'Put a file in',
            description: 'A form (multipart/form-data) with the file, its type, and messaging_product.',
            requestBody: {
              required: true,
              content: {
                'multipart/form-data': {
                  schema: {
                    type: 'object',
                    required: ['file'],
                    properties: {
                      file: { type: 'string', format: 'binary' },
                      type: { type: 'string' },
                      messaging_product: { type: 'string' },
                    },
                  },
                },
              },
            },
          },
        },
      )
      // A star at the end: Bun's own router would take `/:version/:id` for what is no route of its own, such as a socket's.
      .get(
        '/:version/*',
        async ({ caller, params }) => {
          const file = await findOwnFile(caller, params['*'])
          if (file) {
            return {
              id: file.id,
              messaging_product: 'whatsapp',
              url: `${url()}/api/files/${file.id}`,
              mime_type: file.mime_type,
              sha256: file.sha256,
              file_size: Number(file.size_bytes),
            }
          }
          const account = await findOwnAccount(caller, params['*'])
          return {
            id: account.id,
            display_phone_number: account.phone ? `+${account.phone}` : '',
            verified_name: account.name,
            quality_rating: 'UNKNOWN',
          }
        },
        {
          who: 'read',
          response: { 200: nodeAnswer, ...failures },
          detail: { summary: 'Where the bytes of a file are, or what a phone number is' },
        },
      )
      .delete(
        '/:version/*',
        async ({ caller, params }) => {
          const file = await findOwnFile(caller, params['*'])
          if (!file) throw new Problem('file_not_found')
          await files.remove(caller.userId, file.id)
          return { success: true }
        },
        { who: 'send', response: { 200: success, ...failures }, detail: { summary: 'Remove a file' } },
      )
  )
}

/** One symbol as people see it, and no letter. */
function isEmoji(text: string): boolean {
  const symbols = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)]
  return symbols.length === 1 && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text)
}
