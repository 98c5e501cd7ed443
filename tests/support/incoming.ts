// A message of somebody else as a Worker tells it, for the scripted one.
import type { IncomingMessage } from '../../workers/protocol.ts'

/** A text from one person, unless `change` says otherwise. */
export function incomingFrom(number: string, change: Partial<IncomingMessage> = {}): IncomingMessage {
  return {
    whatsappId: `false_${number}@c.us_${crypto.randomUUID()}`,
    chatId: `${number}@c.us`,
    authorId: `${number}@c.us`,
    fromNumber: number,
    fromLid: null,
    fromName: null,
    kind: 'text',
    text: 'Hello',
    content: {},
    at: new Date().toISOString(),
    caughtUp: false,
    ...change,
  }
}
