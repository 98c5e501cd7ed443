// Who is on WhatsApp: numbers and LIDs as the servers answer them, and the contacts made of them.
import type { NumberAnswer } from '../frames.ts'
import { Collection, Model } from './events.ts'
import { createWid, Wid } from './ids.ts'
import { ask } from './line.ts'
import { me } from './link.ts'
import { define } from './require.ts'
import { keep, recallAll } from './storage.ts'

class ContactModel extends Model {
  declare id: Wid
  get isContactBlocked(): boolean {
    return Blocklist.get(this.id) !== undefined
  }
}

class Contacts extends Collection<ContactModel> {
  async find(id: unknown): Promise<ContactModel> {
    return this.gadd(createWid(id))
  }

  gadd(wid: Wid): ContactModel {
    return this.get(wid) ?? this.add(makeContact(wid))
  }
}

export const Contact = new Contacts(ContactModel)
export const Blocklist = new Collection(Model)
const BusinessProfile = Object.assign(new Collection(Model), {
  find: async (id: unknown) => new Model({ id: createWid(id) }),
})

const byNumber = new Map<string, NumberAnswer>()
const byLid = new Map<string, NumberAnswer>()

export async function loadNumbers(): Promise<void> {
  for (const known of await recallAll<NumberAnswer>('number')) remember(known)
}

/** What was heard of a number stays known in this profile. */
export async function learn(answer: NumberAnswer): Promise<void> {
  const before = byNumber.get(answer.number)
  remember(answer)
  if (JSON.stringify(before) !== JSON.stringify(answer)) await keep('number', answer.number, answer)
}

/** From memory only, as the real page does it when it opens a chat. */
export function currentLid(wid: Wid): Wid | undefined {
  const lid = wid.isLid() ? wid.user : byNumber.get(wid.user)?.lid
  return lid ? new Wid(lid, 'lid') : undefined
}

export function phoneNumber(wid: Wid): Wid | undefined {
  if (wid.server === 'c.us') return wid
  const number = wid.user === me.lid?.user ? me.pn?.user : byLid.get(wid.user)?.number
  return number ? new Wid(number, 'c.us') : undefined
}

/** Null for a number that is not on WhatsApp. Rejects without a line. */
export async function queryWidExists(wid: Wid): Promise<{ wid: Wid; lid?: Wid; biz: boolean } | null> {
  const answer = await ask('number', wid.isLid() ? { lid: wid.user } : { number: wid.user })
  if (!answer.registered) return null
  await learn(answer)
  const lid = answer.lid ? { lid: new Wid(answer.lid, 'lid') } : {}
  return { wid: wid.isLid() ? wid : new Wid(answer.number, 'c.us'), biz: false, ...lid }
}

function remember(answer: NumberAnswer): void {
  byNumber.set(answer.number, answer)
  if (answer.lid) byLid.set(answer.lid, answer)
  const name = answer.name ?? undefined
  for (const wid of [new Wid(answer.number, 'c.us'), ...(answer.lid ? [new Wid(answer.lid, 'lid')] : [])]) {
    Contact.get(wid)?.set({ pushname: name, phoneNumber: phoneNumber(wid) })
  }
}

function makeContact(wid: Wid): ContactModel {
  const pn = wid.isUser() ? phoneNumber(wid) : undefined
  const name = pn && byNumber.get(pn.user)?.name
  return new ContactModel({
    id: wid,
    phoneNumber: pn,
    pushname: name ?? undefined,
    name: undefined,
    type: 'in',
    isBusiness: false,
    isEnterprise: false,
    statusMute: false,
  })
}

function isMe(contact: ContactModel): boolean {
  return Boolean(me.pn?.equals(contact.id) || me.lid?.equals(contact.id))
}

define('WAWebQueryExistsJob', { queryWidExists })
define('WAWebApiContact', {
  getCurrentLid: currentLid,
  getPhoneNumber: phoneNumber,
  getAlternateUserWid: (wid: Wid) => (wid.isLid() ? phoneNumber(wid) : currentLid(wid)),
})
define('WAWebLidMigrationUtils', {
  toPn: (wid: Wid) => phoneNumber(createWid(wid)),
  toLid: (wid: Wid) => currentLid(createWid(wid)),
  isLidMigrated: () => globalThis.standInStart.build.addressing === 'lid',
})
define('WAWebContactGetters', {
  getIsMe: isMe,
  getIsUser: (contact: ContactModel) => contact.id.isUser(),
  getIsGroup: (contact: ContactModel) => contact.id.isGroup(),
  getIsWAContact: (contact: ContactModel) => contact.id.isUser(),
  getUserid: (contact: ContactModel) => (phoneNumber(contact.id) ?? contact.id).user,
  getVerifiedName: (contact: ContactModel) => contact.verifiedName,
  getVerifiedLevel: (contact: ContactModel) => contact.verifiedLevel,
  getStatusMute: (contact: ContactModel) => contact.statusMute,
  getName: (contact: ContactModel) => contact.name,
  getShortName: (contact: ContactModel) => contact.shortName,
  getPushname: (contact: ContactModel) => contact.pushname,
  getIsEnterprise: (contact: ContactModel) => contact.isEnterprise,
})
define('WAWebFrontendContactGetters', {
  getIsMyContact: (contact: ContactModel) => contact.name !== undefined,
})
define('WAWebContactCollection', { getMeContact: () => me.pn && Contact.gadd(me.pn) })

export const contactCollections = { Contact, Blocklist, BusinessProfile }
