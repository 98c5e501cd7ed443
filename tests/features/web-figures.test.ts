// What Home and the overview tell: the right days, today against yesterday at this time, what waits, words that name their whole.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { tokens } from '../../web/base.ts'
import { failureAdvice } from '../../web/failure-words.ts'
import { delayWords, FATES, fatesOf, percent, shareWords } from '../../web/figures.ts'
import { createBacklog } from '../../web/stores/backlog.ts'
import { createFigures, startOfDay } from '../../web/stores/figures.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { deskOf, shows } from '../support/desk.ts'
import { createRows, type Rows } from '../support/rows.ts'

let t: TestApp
let rows: Rows
beforeAll(async () => {
  t = await startTestApp()
  rows = await createRows(t)
})
afterAll(() => t.stop())

const HOUR_MS = 3_600_000

/** A message that was accepted then, as it is now. */
async function accepted(userId: string, at: Date, status: string) {
  const hex = at.getTime().toString(16).padStart(12, '0')
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7${crypto.randomUUID().slice(15)}`
  const whatsapp_id = crypto.randomUUID()
  await rows.message(userId, await rows.thing('account', userId), { id, status, whatsapp_id, created_at: at })
}

describe('figures', () => {
  test('are of whole days where the reader is; yesterday is also told until this time of day', async () => {
    const person = await rows.person()
    using desk = deskOf(t, person, { start: false })
    const today = startOfDay(new Date(), -30)
    const at = (day: number, hour: number, minute = 0) => {
      const then = startOfDay(today, day)
      then.setHours(hour, minute)
      return then
    }
    await accepted(person.id, at(0, 9), 'read')
    await accepted(person.id, at(0, 10), 'failed')
    await accepted(person.id, at(-1, 12), 'delivered')
    await accepted(person.id, at(-1, 18), 'sent')
    await accepted(person.id, at(-1, 19), 'failed')
    await accepted(person.id, at(-6, 0), 'sent')
    await accepted(person.id, new Date(at(-6, 0).getTime() - 1), 'sent')
    const figures = createFigures(desk.api, { now: () => at(0, 15, 30) })
    await figures.show({ days: 7 })
    const { days, total } = figures.figures.value!
    const name = new Intl.DateTimeFormat('sv-SE')
    expect(days.map(({ day }) => day).slice(0, 7)).toEqual(
      [-6, -5, -4, -3, -2, -1, 0].map((day) => name.format(at(day, 12))),
    )
    expect(days[6]).toMatchObject({ accepted: 2, sent: 1, delivered: 1, read: 1, failed: 1 })
    expect(days[5]).toMatchObject({ accepted: 3, sent: 2, delivered: 1, failed: 1 })
    expect(total.accepted).toBe(6)
    expect(figures.byNow.value).toMatchObject({ accepted: 1, sent: 1, delivered: 1, failed: 0 })
  })

  test('follow what happens while they are looked at, and no longer', async () => {
    const person = await t.person()
    const script = await person.linked()
    using desk = deskOf(t, person)
    const figures = createFigures(desk.api, { live: desk.live, gapMs: 1 })
    await figures.show({ days: 14 })
    expect(figures.figures.value?.days.at(-1)).toMatchObject({ accepted: 0 })
    const send = async () =>
      (await person.call('POST', '/api/messages/send', { number: '+4915111111111', message: 'Hello' })).body
        .id
    const id = await send()
    await shows(() => figures.figures.value?.days.at(-1)?.sent === 1)
    const { whatsapp_id } = (await person.call('GET', `/api/messages/${id}`)).body
    script.order({ do: 'signal', name: 'ack', data: { whatsappId: whatsapp_id, ack: 3 } })
    await shows(() => figures.figures.value?.days.at(-1)?.read === 1)

    figures.clear()
    const heard = Promise.withResolvers<void>()
    desk.live.onEvent(() => heard.resolve())
    await send()
    await heard.promise
    expect(figures.figures.value).toBeNull()
  })

  test('of everybody are refused to who is no admin, and the answer to a filter that was left is dropped', async () => {
    const person = await rows.person()
    using own = deskOf(t, person, { start: false })
    const refused = createFigures(own.api)
    await refused.show({ days: 7, all: true })
    expect(refused.problem.value).toMatchObject({ status: 403, code: 'forbidden' })

    using desk = deskOf(t, t.admin, { start: false })
    await accepted(person.id, new Date(Date.now() - 1), 'sent')
    const figures = createFigures(desk.api)
    const slow = figures.show({ days: 90, all: true })
    await figures.show({ days: 7, all: true, user_id: person.id })
    await slow
    expect(figures.figures.value?.days.length).toBe(7)
    expect(figures.figures.value?.people).toMatchObject([{ email: person.email, accepted: 1 }])
  })
})

describe('the queue', () => {
  test('is summed up: how much waits, when the last goes, what nobody can say, what was given a time', async () => {
    const person = await t.person()
    const { accountId } = await person.linked()
    const away = await rows.thing('account', person.id)
    await person.call('PATCH', `/api/accounts/${accountId}`, { pacing: { gap_s: [3600, 3600] } })
    using desk = deskOf(t, person)
    const backlog = createBacklog(desk.api, { live: desk.live, gapMs: 1 })
    await backlog.load()
    expect(backlog.totals.value).toMatchObject({ queued: 0, stuck: 0, lastAt: null, scheduled: 0 })
    const send = (form: object) =>
      person.call('POST', '/api/messages/send', { number: '+4915111111111', message: 'Hello', ...form })
    const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString()
    const [first, last] = [inHours(2), inHours(5)]
    await send({ send_at: last })
    await send({ send_at: first })
    await rows.message(person.id, away, { status: 'queued' })
    const began = Date.now()
    const { id } = (await send({})).body
    await person.until(async () => (await person.call('GET', `/api/messages/${id}`)).body.status === 'sent')
    for (let n = 0; n < 2; n++) await send({})
    await shows(() => backlog.totals.value.queued === 3)
    const { lastAt, ...totals } = backlog.totals.value
    expect(totals).toEqual({
      queued: 3,
      stuck: 1,
      scheduled: 2,
      nextScheduledAt: first,
      lastScheduledAt: last,
    })
    // The two follow the one that went at once, an hour apart.
    expect(Math.round((Date.parse(lastAt!) - began) / HOUR_MS)).toBe(2)
  })

  test('of everybody is for admins', async () => {
    const person = await rows.person()
    await rows.message(person.id, await rows.thing('account', person.id), { status: 'queued' })
    using own = deskOf(t, person, { start: false })
    const refused = createBacklog(own.api, { all: true })
    await refused.load()
    expect(refused.problem.value).toMatchObject({ status: 403, code: 'forbidden' })
    using desk = deskOf(t, t.admin, { start: false })
    const backlog = createBacklog(desk.api, { all: true })
    await backlog.load()
    expect(backlog.items.value?.map(({ user_email }) => user_email)).toContain(person.email)
  })
})

describe('words', () => {
  test('shares name their whole, and call nothing all or none that is not', () => {
    expect(shareWords(313, 340, 'sent')).toBe('92 % of 340 sent')
    expect(shareWords(0, 0, 'sent')).toBe('none sent')
    expect([percent(0, 9), percent(9, 9), percent(1, 1000), percent(999, 1000)]).toEqual([
      '0 %',
      '100 %',
      'under 1 %',
      'over 99 %',
    ])
    expect([0.004, 0.84, 12.4, 720, 9000].map(delayWords)).toEqual([
      '0.1 s',
      '0.8 s',
      '12 s',
      '12 min',
      '2.5 h',
    ])
  })

  test('every message has one fate: the parts of a bar make up what was accepted', () => {
    const counts = {
      accepted: 36,
      sent: 15,
      delivered: 10,
      read: 4,
      failed: 5,
      waiting: 6,
      expired: 1,
      cancelled: 2,
      uncertain: 7,
      received: 99,
    }
    const fates = fatesOf(counts)
    expect(fates).toEqual({ read: 4, delivered: 6, sent: 5, waiting: 6, other: 10, failed: 5 })
    expect(FATES.reduce((sum, fate) => sum + fates[fate], 0)).toBe(counts.accepted)
  })

  test('a failure says what to do, also one that is not known here', () => {
    expect(failureAdvice('not_on_whatsapp')).toBe('Check the number with them, or reach them another way.')
    expect(failureAdvice('something_new')).toBe('Send it again if it still matters.')
  })
})

test('what a chart shows stands out from its card: 3 to 1 or more, light and dark', () => {
  const [light = '', dark = ''] = tokens.split('@media (prefers-color-scheme: dark)')
  for (const scheme of [light, dark]) {
    const color = (name: string) => scheme.match(new RegExp(`--${name}: (#[0-9a-f]{6})`))![1]!
    for (const fate of FATES) {
      // Pointed at, a day stands on the second of these.
      for (const ground of ['surface', 'sunken']) {
        const ratio = contrast(color(`fate-${fate}`), color(ground))
        expect({ fate, ground, enough: ratio >= 3 }).toEqual({ fate, ground, enough: true })
      }
    }
  }
})

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
