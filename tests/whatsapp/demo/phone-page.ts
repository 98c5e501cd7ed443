// Serves the phone of the demo on loopback: one page, its state, and the verbs a thumb can reach.
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import QRCode from 'qrcode'
import type { WhatsAppVerbs } from '../phone.ts'
import type { PhoneSettings } from '../servers/settings.ts'
import html from './phone.html'

export interface ChatMessage {
  id: string
  mine: boolean
  text: string
  /** ISO 8601. */
  at: string
  ack: number
  error: number | null
}

export interface PhoneState {
  number: string
  /** The number as people write it. */
  shown: string
  settings: PhoneSettings
  devices: { id: string; linkedAt: string }[]
  pageState: string | null
  /** By the digits (or group id) of the other side, newest chat first. */
  chats: { peer: string; name: string; messages: ChatMessage[] }[]
}

export interface DemoState {
  version: number
  phones: PhoneState[]
  /** Computers that show a QR or a pairing code. */
  waiting: { load: string; qr: string; picture: string; code: string | null; codeFor: string | null }[]
  people: Record<string, string>
}

/** What the page may ask for. */
const THUMB = {
  scan: (w, [number, qr]) => w.phone(number!).scan(qr!),
  enterCode: (w, [number, code]) => w.phone(number!).enterCode(code!),
  answerPasskey: (w, [number, answer]) => w.phone(number!).answerPasskey(answer === 'yes'),
  logoutDevices: (w, [number]) => w.phone(number!).logoutDevices(),
  deliver: (w, [number, from, text]) => w.phone(number!).deliver({ from: from!, text: text! }),
  ack: (w, [number, id, ack]) => w.phone(number!).ack(id!, Number(ack)),
  acks: (w, [number, acks]) => w.phone(number!).set({ acks: acks as PhoneSettings['acks'] }),
  dropLine: (w, [number]) => w.phone(number!).dropLine(),
  restoreLine: (w, [number]) => w.phone(number!).restoreLine(),
  openElsewhere: (w, [number]) => w.phone(number!).openElsewhere(),
  crash: (w, [number]) => w.phone(number!).crash(),
  passkey: (w, [number, on]) => w.phone(number!).set({ passkey: on === 'yes' }),
  whatsNew: (w, [number]) => w.phone(number!).showWhatsNew(),
  addPhone: (w, [number]) => w.phone(number!.replaceAll(/\D/g, '')).settings(),
} satisfies Record<string, (whatsapp: WhatsAppVerbs, args: string[]) => Promise<unknown>>

export function openPhonePage(whatsapp: WhatsAppVerbs) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 60,
    routes: {
      '/': html,
      '/state': async (request) => {
        const after = Number(new URL(request.url).searchParams.get('after') ?? -1)
        return Response.json(await stateOf(whatsapp, after))
      },
      '/thumb': {
        POST: async (request) => {
          // JSON only: a form of another site cannot send that without asking.
          if (request.headers.get('content-type') !== 'application/json')
            return new Response(null, { status: 415 })
          const { verb, args } = (await request.json()) as { verb: keyof typeof THUMB; args: string[] }
          try {
            await THUMB[verb](whatsapp, args)
            return Response.json({ error: null })
          } catch (error) {
            return Response.json({ error: error instanceof Error ? error.message : String(error) })
          }
        },
      },
    },
    development: false,
  })
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) }
}

async function stateOf(whatsapp: WhatsAppVerbs, after: number): Promise<DemoState> {
  const version = await whatsapp.version(after)
  const people = await whatsapp.people()
  const pages = await whatsapp.pages()
  const phones: PhoneState[] = []
  for (const { number } of await whatsapp.phones()) {
    const phone = whatsapp.phone(number)
    phones.push({
      number,
      shown: parsePhoneNumberFromString(`+${number}`)?.formatInternational() ?? `+${number}`,
      settings: await phone.settings(),
      devices: await phone.devices(),
      pageState: pages.findLast((page) => page.open && page.number === number)?.state ?? null,
      chats: await chatsOf(whatsapp, number, people),
    })
  }
  const waiting: DemoState['waiting'] = []
  for (const { load, qr, code, codeFor } of pages) {
    if (!qr) continue
    const picture = await QRCode.toString(qr, { type: 'svg', margin: 0, errorCorrectionLevel: 'L' })
    waiting.push({ load, qr, picture: `data:image/svg+xml,${encodeURIComponent(picture)}`, code, codeFor })
  }
  return { version, phones, waiting, people }
}

async function chatsOf(
  whatsapp: WhatsAppVerbs,
  number: string,
  people: Record<string, string>,
): Promise<PhoneState['chats']> {
  const chats = new Map<string, ChatMessage[]>()
  const add = (peer: string, message: ChatMessage) => chats.set(peer, [...(chats.get(peer) ?? []), message])
  for (const { id, to, text, at, ack, error } of await whatsapp.wire({ from: number })) {
    add(to, { id, mine: true, text, at, ack, error })
  }
  for (const { id, chat, body, t } of await whatsapp.phone(number).inbox()) {
    const at = new Date(t * 1000).toISOString()
    add(chat.split('@')[0]!, { id, mine: false, text: body, at, ack: 0, error: null })
  }
  return [...chats]
    .map(([peer, messages]) => ({
      peer,
      name: people[peer] ?? `+${peer}`,
      messages: messages.toSorted((a, b) => a.at.localeCompare(b.at)),
    }))
    .toSorted((a, b) => (b.messages.at(-1)?.at ?? '').localeCompare(a.messages.at(-1)?.at ?? ''))
}
