// Sending: what the library calls once it has made a message, with the faults a test can put into it.
import type { SendFault } from '../frames.ts'
import type { ChatModel } from './chats.ts'
import { isOpen, onOrder, send, tell } from './line.ts'
import { lineMessage, Msg, MsgModel, resultOf, type SendResult, show, storeMessage } from './messages.ts'
import { define } from './require.ts'

let armed: SendFault | null = null
onOrder('fault', ({ fault }) => {
  armed = fault
})

const never = new Promise<never>(() => {})

/** The real page's shape: two promises at once, the message in the page and the server's word on it. */
export function addAndSendMsgToChat(
  _chat: ChatModel,
  attributes: Record<string, unknown>,
): [Promise<MsgModel | undefined>, Promise<SendResult>] {
  const msg = new MsgModel(attributes)
  const fault = armed?.text === undefined || armed.text === msg.body ? armed : null
  if (fault) armed = null
  if (fault?.when === 'before') return failBefore(msg, fault)

  const result = resultOf(msg.id.id)
  if (fault?.how === 'die') return [dieBetween(msg, 'wire', fault), result]
  const added = add(msg)
  return [fault ? added.then(() => failAfter(msg, fault)) : added, result]
}

/** Stored first, shown second, sent third; without a line it stays at ack 0 and goes out with the next one. */
async function add(msg: MsgModel): Promise<MsgModel> {
  await storeMessage(msg)
  await show(msg)
  if (isOpen()) send({ kind: 'send', message: lineMessage(msg) })
  return msg
}

function failBefore(msg: MsgModel, fault: SendFault): [Promise<MsgModel | undefined>, Promise<SendResult>] {
  if (fault.how === 'throw') throw new Error(fault.error ?? 'send failed')
  if (fault.how === 'undefined') return [Promise.resolve(undefined), never]
  if (fault.how === 'die') return [dieBetween(msg, 'storage', fault), never]
  return [never, never]
}

function failAfter(msg: MsgModel, fault: SendFault): MsgModel | Promise<never> {
  if (fault.how === 'throw') throw new Error(fault.error ?? 'send failed')
  if (fault.how === 'undefined') {
    Msg.hideOnce(String(msg.id))
    return msg
  }
  return never
}

/** Only one of the two places gets the message; then the servers let the page die. */
async function dieBetween(
  msg: MsgModel,
  reached: 'wire' | 'storage',
  { by = 'crash' }: SendFault,
): Promise<never> {
  if (reached === 'wire') send({ kind: 'send', message: lineMessage(msg) })
  else await storeMessage(msg)
  tell({ kind: 'point', id: msg.id.id, by })
  return never
}

define('WAWebSendMsgChatAction', { addAndSendMsgToChat })
define('WAWebGetEphemeralFieldsMsgActionsUtils', { getEphemeralFields: () => ({}) })
define('WAWebLinkPreviewChatAction', { getLinkPreview: async () => null })
define('WAWebBackendJobsCommon', { mediaTypeFromProtobuf: () => null })
define('WAWebE2EProtoUtils', { typeAttributeFromProtobuf: () => 'text' })
