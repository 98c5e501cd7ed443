// People: what is said about oneself, contact cards, blocking, pictures (nobody has one).
import { Model } from './events.ts'
import { tell } from './line.ts'
import { Conn } from './link.ts'
import { Blocklist, type Contact, phoneNumber } from './numbers.ts'
import { define } from './require.ts'

type ContactModel = ReturnType<typeof Contact.gadd>
let about = 'Hey there! I am using WhatsApp.'

function vcardFromContactModel(contact: ContactModel): { displayName: string; vcard: string } {
  const number = (phoneNumber(contact.id) ?? contact.id).user
  const displayName = String(contact.name ?? contact.pushname ?? `+${number}`)
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `FN:${displayName}`,
    `TEL;type=CELL;waid=${number}:+${number}`,
    'END:VCARD',
  ]
  return { displayName, vcard: lines.join('\n') }
}

/** Only the name: that is all the library asks a parsed card for. */
function parseVcard(text: string): { name: string } {
  const name = /^FN[^:]*:(.+)$/m.exec(text)?.[1]
  if (!name || !/END:VCARD\s*$/.test(text)) throw new Error('not a vCard')
  return { name }
}

define('WAWebFrontendVcardUtils', { vcardFromContactModel })
define('WAWebVcardParsingUtils', { parseVcard })
define('WAWebVcardGetNameFromParsed', { vcardGetNameFromParsed: ({ name }: { name: string }) => name })
define('WAWebBlockContactUtils', {
  getContactToBlockOnlyUseIfNoAssociatedChat: (contact: ContactModel) => contact,
})
define('WAWebBlockContactAction', {
  async blockContact({ contact }: { contact: ContactModel }) {
    Blocklist.add(new Model({ id: contact.id }))
    tell({ kind: 'did', what: 'blocked', chat: String(contact.id), id: '', text: '' })
  },
  async unblockContact(contact: ContactModel) {
    Blocklist.remove(contact.id)
    tell({ kind: 'did', what: 'unblocked', chat: String(contact.id), id: '', text: '' })
  },
})
define('WAWebContactStatusBridge', {
  getStatus: async () => ({ status: about }),
  setMyStatus: async (text: string) => {
    about = text
  },
})
define('WAWebSetPushnameConnAction', { setPushname: async (pushname: string) => Conn.set({ pushname }) })
define('WAWebContactProfilePicThumbBridge', { requestProfilePicFromServer: async () => undefined })
