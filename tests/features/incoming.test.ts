// Incoming messages: each once whatever is repeated, with who wrote it, in order, answered where they came from.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { IncomingMessage, SendAsk } from '../../workers/protocol.ts'
import { type Answer, type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'
import { incomingFrom } from '../support/incoming.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

setDefaultTimeout(60_000)

let t: TestApp
let receiver: Receiver
beforeAll(async () => {
  t = await startTestApp({ env: { OUTBOUND_ALLOW: '127.0.0.0/8' } })
  receiver = await startReceiver()
})
afterAll(async () => {
  await t.stop()
  await receiver.stop()
})

const tell = (script: Script, data: IncomingMessage) => script.order({ do: 'signal', name: 'incoming', data })

/** What came in, oldest first. */
async function inbox(person: Person) {
  const found: Answer['body'][] = []
  for (let after: string | null = ''; after !== null; ) {
    const { body } = await person.call('GET', `/api/messages?direction=in&limit=100&after=${after}`)
    found.push(...body.items)
    after = body.next
  }
  return found.toReversed()
}

const textsOf = async (person: Person): Promise<string[]> =>
  (await inbox(person)).map(({ message_body }) => message_body)

const until = (person: Person, text: string) =>
  person.until(async () => (await textsOf(person)).includes(text))

async function received(person: Person): Promise<string[]> {
  await t.database.settled()
  const { items } = (await person.call('GET', '/api/events?limit=500')).body
  return items
    .filter(({ type }: { type: string }) => type === 'message.received')
    .map(({ message_id }: { message_id: string }) => message_id)
}

test('once by account and WhatsApp id: repeated, ready again, after a restart; told to webhooks once', async () => {
  const ann = await t.person()
  const script = await ann.linked()
  const events = ['message.received']
  await ann.call('POST', '/api/webhooks', { url: receiver.url, events, account_ids: [script.accountId] })
  const first = incomingFrom('491522222222', { text: 'first' })
  const repeat = () => {
    for (let time = 0; time < 3; time++) tell(script, { ...first, caughtUp: true })
  }
  tell(script, first)
  repeat()
  script.order({ do: 'scan', phone: '491500000001' })
  repeat()
  tell(script, incomingFrom('491522222222', { text: 'second' }))
  await until(ann, 'second')

  const started = script.heard('start')
  await t.restart()
  await started
  const isReady = async () =>
    (await ann.call('GET', `/api/accounts/${script.accountId}`)).body.state === 'ready'
  await ann.until(isReady)
  repeat()
  tell(script, incomingFrom('491522222222', { text: 'while away', caughtUp: true }))
  await until(ann, 'while away')

  const kept = await inbox(ann)
  expect(kept.map((one) => [one.message_body, one.caught_up])).toEqual([
    ['first', false],
    ['second', false],
    ['while away', true],
  ])
  expect(await received(ann)).toEqual(kept.map(({ id }) => id))
  await receiver.until(3)
  expect(receiver.arrived.map(({ json }) => json.data.message)).toMatchObject([
    { message_body: 'first', caught_up: false },
    { message_body: 'second', caught_up: false },
    { message_body: 'while away', caught_up: true },
  ])
  const { id, from_number, from_lid, from_name, group_id } = receiver.arrived[0]!.json.data.message
  expect(kept[0]).toMatchObject({ id, from_number, from_lid, from_name, group_id })
  expect([from_number, from_lid, group_id]).toEqual(['+491522222222', null, null])

  // To another account the same id is another message.
  const other = await t.person()
  tell(await other.linked(), first)
  await until(other, 'first')
  expect(await textsOf(ann)).toHaveLength(3)
})

test('once also when WhatsApp Web begins to call people by LID, in a chat and in a group', async () => {
  const ann = await t.person()
  const script = await ann.linked()
  const who = { fromNumber: '491566666666', fromLid: '10000000000066@lid' }
  const group = '120363000000000002@g.us'
  const [byNumber, byLid] = ['491566666666@c.us', who.fromLid]
  const told = (text: string, chatId: string, whatsappId: string) =>
    tell(script, incomingFrom('', { ...who, text, chatId, whatsappId, authorId: chatId }))
  told('alone', byNumber, `false_${byNumber}_3A01`)
  told('alone', byLid, `false_${byLid}_3A01`)
  told('in a group', group, `false_${group}_3A02_${byLid}`)
  told('in a group', group, `false_${group}_3A02_${byNumber}`)
  told('another', byLid, `false_${byLid}_3A03`)
  await until(ann, 'another')
  expect(await textsOf(ann)).toEqual(['alone', 'in a group', 'another'])
  expect(await received(ann)).toHaveLength(3)
})

test('many at once: in their order, one that cannot be kept is no fault of the others', async () => {
  const ann = await t.person()
  const script = await ann.linked()
  const texts = Array.from({ length: 200 }, (_, n) => `Nr. ${n}`)
  for (const text of texts) {
    tell(script, incomingFrom('491522222222', { text, ...(text === 'Nr. 77' && { at: 'not a moment' }) }))
  }
  await until(ann, 'Nr. 199')
  const expected = texts.filter((text) => text !== 'Nr. 77')
  expect(await textsOf(ann)).toEqual(expected)
  expect(await received(ann)).toHaveLength(expected.length)
  const [row] = await t.database.sql<{ n: number }[]>`
    select count(distinct xid)::int as n from events where type = 'message.received' and user_id = ${ann.id}`
  expect(row!.n).toBeLessThan(texts.length)
})

describe('who wrote it, and where answers go', () => {
  let ann: Person
  let script: Script
  beforeAll(async () => {
    ann = await t.person()
    script = await ann.linked()
  })

  const group = '120363000000000001@g.us'
  test.each<[string, Partial<IncomingMessage>, object, string]>([
    [
      'a person by number and LID',
      {
        chatId: '10000000000077@lid',
        authorId: '10000000000077@lid',
        fromNumber: '491533333331',
        fromLid: '10000000000077@lid',
        fromName: 'Bo',
      },
      { from_number: '+491533333331', from_lid: '10000000000077@lid', from_name: 'Bo', group_id: null },
      '491533333331@c.us',
    ],
    [
      'a person whose LID nobody knows',
      { chatId: '491533333332@c.us', authorId: '491533333332@c.us', fromNumber: '491533333332' },
      { from_number: '+491533333332', from_lid: null, from_name: null, group_id: null },
      '491533333332@c.us',
    ],
    [
      'a person whose number nobody knows',
      {
        chatId: '10000000000078@lid',
        authorId: '10000000000078@lid',
        fromNumber: null,
        fromLid: '10000000000078@lid',
      },
      {
        from_number: null,
        from_lid: '10000000000078@lid',
        group_id: null,
        receiver_number: '10000000000078@lid',
      },
      '10000000000078@lid',
    ],
    [
      'a member of a group by number',
      {
        chatId: group,
        authorId: '10000000000079@lid',
        fromNumber: '491533333334',
        fromLid: '10000000000079@lid',
      },
      { from_number: '+491533333334', from_lid: '10000000000079@lid', group_id: group, to: group },
      group,
    ],
    [
      'a member of a group by LID only',
      { chatId: group, authorId: '10000000000080@lid', fromNumber: null, fromLid: '10000000000080@lid' },
      {
        from_number: null,
        from_lid: '10000000000080@lid',
        group_id: group,
        receiver_number: '10000000000080@lid',
      },
      group,
    ],
  ])('%s', async (text, from, shown, answered) => {
    const data = incomingFrom('491500000000', { ...from, text })
    tell(script, data)
    await until(ann, text)
    const message = (await inbox(ann)).at(-1)
    expect(message).toMatchObject({ ...shown, direction: 'in', status: 'received', kind: 'text' })

    const handed = script.heard('send')
    const reply = await ann.call('POST', `/api/messages/${message.id}/reply`, { message: 'Yes' })
    expect(reply).toMatchObject({ status: 202, body: { account_id: script.accountId } })
    expect((await handed).ask as SendAsk).toMatchObject({
      chatId: answered,
      content: { quoted: data.whatsappId, quoted_id: message.id },
    })
    const seen = script.heard('seen')
    expect((await ann.call('POST', `/api/messages/${message.id}/seen`)).status).toBe(200)
    expect((await seen).ask).toEqual({ chatId: data.chatId })
  })

  test('typing in the chat of somebody known by LID only, and in a group', async () => {
    for (const number of ['10000000000078@lid', group]) {
      const typing = script.heard('typing')
      const { status } = await ann.call('POST', `/api/accounts/${script.accountId}/typing`, { number })
      expect([number, status]).toEqual([number, 200])
      expect((await typing).ask).toEqual({ chatId: number, state: 'typing' })
    }
  })
})

describe('what it carries', () => {
  test.each<[string, Partial<IncomingMessage>]>([
    ['location', { content: { location: { latitude: 1.5, longitude: -2, name: 'Here', url: null } } }],
    ['contact', { content: { contacts: [{ name: 'Ann', vcard: 'BEGIN:VCARD\nEND:VCARD' }] } }],
    ['poll', { content: { poll: { question: 'Tea?', options: ['Yes', 'No'], multiple: true } } }],
    ['list_response', { text: 'Chosen', content: { forwarded: true, mentions: ['10000000000077@lid'] } }],
  ])('%s', async (kind, change) => {
    const ann = await t.person()
    const script = await ann.linked()
    tell(script, incomingFrom('491522222222', { kind, text: '', ...change }))
    await ann.until(async () => (await inbox(ann)).length === 1)
    expect((await inbox(ann))[0]).toMatchObject({ kind, content: change.content, file: null })
  })

  test('a reaction, an edit and a deletion are about what was written, ours and theirs, each once', async () => {
    const ann = await t.person()
    const script = await ann.linked()
    const handed = script.heard('send')
    const sent = await ann.call('POST', '/api/messages/send?wait=20', {
      number: '+491522222222',
      message: 'Ours',
    })
    const { whatsappId } = (await handed).ask as SendAsk
    const theirs = incomingFrom('491522222222', { text: 'Theirs' })
    const about = (kind: string, target: string, more: object = {}) =>
      incomingFrom('491522222222', { kind, text: '', content: { target, ...more } })
    const changes = [
      about('reaction', `true_491522222222@c.us_${whatsappId}`, { emoji: '🎉' }),
      { ...about('edit', theirs.whatsappId), text: 'Theirs, better' },
      about('delete', theirs.whatsappId),
    ]
    for (const one of [theirs, ...changes, ...changes]) tell(script, one)
    tell(script, incomingFrom('491522222222', { text: 'the last' }))
    await until(ann, 'the last')
    const [written, reaction, edit, deletion, ...rest] = await inbox(ann)
    expect(rest).toHaveLength(1)
    expect(reaction).toMatchObject({ kind: 'reaction', content: { emoji: '🎉', target_id: sent.body.id } })
    expect(edit).toMatchObject({ message_body: 'Theirs, better', content: { target_id: written.id } })
    expect(deletion).toMatchObject({ kind: 'delete', content: { target_id: written.id } })
    expect([written.message_body, Boolean(written.edited_at), Boolean(written.deleted_at)]).toEqual([
      'Theirs',
      true,
      true,
    ])
  })
})
