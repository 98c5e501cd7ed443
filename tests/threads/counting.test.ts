// The small memories of a Worker: QR rounds, pairing codes, numbers, messages held back, deadlines.

import { describe, expect, test } from 'bun:test'
import { DeadlineError, detailOf, isPageLost, within } from '../../workers/deadline.ts'
import { HeldBack } from '../../workers/held-back.ts'
import { Numbers } from '../../workers/numbers.ts'
import { Pairing } from '../../workers/pairing.ts'
import { QrRound } from '../../workers/qr.ts'

const NOW = 1_800_000_000_000
const qr = (n: number) => `2@reference-${n},static,identity,secret,1`

describe('a QR round', () => {
  test('gives the first a minute and later ones 20 s', () => {
    const round = new QrRound()
    expect(round.take(qr(1), NOW)).toEqual({ text: qr(1), expiresAt: new Date(NOW + 60_000).toISOString() })
    expect(round.take(qr(2), NOW)).toMatchObject({ expiresAt: new Date(NOW + 20_000).toISOString() })
  })

  test.each([
    ['empty', ',static,identity,secret,1'],
    ['undefined', 'undefined,a,b,c,1'],
    ['nothing', ''],
  ])('does not show one whose first field is %s', (_name, text) =>
    expect(new QrRound().take(text, NOW)).toBeNull(),
  )

  test('shows each once, and six in all', () => {
    const round = new QrRound()
    for (let n = 1; n <= 6; n++) expect(round.take(qr(n), NOW)).toMatchObject({ text: qr(n) })
    expect(round.take(qr(6), NOW)).toBeNull()
    expect(round.take(qr(7), NOW)).toBe('over')
  })

  test('is late when the one on show is dead for three seconds', () => {
    const round = new QrRound()
    expect(round.isLate(NOW)).toBe(false)
    round.take(qr(1), NOW)
    expect(round.isLate(NOW + 62_000)).toBe(false)
    expect(round.isLate(NOW + 64_000)).toBe(true)
    round.take(qr(2), NOW + 64_000)
    expect(round.isLate(NOW + 64_000)).toBe(false)
  })

  test('is over when the sixth is dead, or the page has stopped after it', () => {
    const round = new QrRound()
    for (let n = 1; n <= 5; n++) round.take(qr(n), NOW)
    expect(round.isOver(NOW + 99_000, true)).toBe(false)
    round.take(qr(6), NOW)
    expect(round.isOver(NOW + 19_000, false)).toBe(false)
    expect(round.isOver(NOW + 19_000, true)).toBe(true)
    expect(round.isOver(NOW + 21_000, false)).toBe(true)
  })
})

describe('pairing codes', () => {
  test('come once a minute and five times an hour', async () => {
    const pairing = new Pairing(async () => 'ABCDEFGH')
    const ask = (atMs: number) => outcome(pairing.ask('491600000001', NOW + atMs))
    expect(await ask(0)).toBe('ABCDEFGH')
    expect(await ask(59_000)).toBe('rate_limited')
    for (let n = 1; n <= 4; n++) expect(await ask(n * 61_000)).toBe('ABCDEFGH')
    expect(await ask(10 * 61_000)).toBe('rate_limited')
    expect(await ask(3_700_000)).toBe('ABCDEFGH')
  })

  test('are asked for in digits', async () => {
    const pairing = new Pairing(async () => 'ABCDEFGH')
    expect(await outcome(pairing.ask('+49 160', NOW))).toBe('refused_by_whatsapp')
    expect(pairing.wasAsked).toBe(false)
  })

  test('a refusal keeps its kind', async () => {
    const limited = new Pairing(() => Promise.reject(new Error('rate-overlimit')))
    expect(await outcome(limited.ask('491600000001', NOW))).toBe('rate_limited')
    expect(limited.wasRefused).toBe(true)
    const refused = new Pairing(() => Promise.reject(new Error('nope')))
    expect(await outcome(refused.ask('491600000001', NOW))).toBe('refused_by_whatsapp')
  })

  async function outcome(asked: Promise<{ code: string }>): Promise<string> {
    return asked.then(
      ({ code }) => code,
      (error: { code: string }) => error.code,
    )
  }
})

describe('numbers', () => {
  test('are asked about once, also those that are not there', async () => {
    const asked: string[] = []
    const numbers = new Numbers(async (digits) => {
      asked.push(digits)
      return digits === '1' ? '1@c.us' : null
    })
    expect([await numbers.resolve('1'), await numbers.resolve('1')]).toEqual(['1@c.us', '1@c.us'])
    expect([await numbers.resolve('2'), await numbers.resolve('2')]).toEqual([null, null])
    expect(asked).toEqual(['1', '2'])
    numbers.forget()
    await numbers.resolve('1')
    expect(asked).toEqual(['1', '2', '1'])
  })

  test('a failed look-up is not remembered', async () => {
    let isDown = true
    const numbers = new Numbers(async () => {
      if (isDown) throw new Error('not connected')
      return '1@c.us'
    })
    expect(await numbers.resolve('1').catch(() => 'failed')).toBe('failed')
    isDown = false
    expect(await numbers.resolve('1')).toBe('1@c.us')
  })
})

describe('messages held back', () => {
  test('climb the ladder once', () => {
    const held = new HeldBack()
    held.add('a', NOW)
    expect(held.next(NOW + 7_000)).toBeNull()
    expect(held.next(NOW + 9_000)).toBe('reconnect')
    expect(held.next(NOW + 10_000)).toBeNull()
    expect(held.next(NOW + 91_000)).toBe('reload')
    expect(held.next(NOW + 161_000)).toBe('give_up')
    expect(held.next(NOW + 999_000)).toBeNull()
  })

  test('are being rescued from the first try until a server says something', () => {
    const held = new HeldBack()
    held.add('a', NOW)
    expect(held.isRescuing).toBe(false)
    held.next(NOW + 9_000)
    expect(held.isRescuing).toBe(true)
    held.heard('a', 1)
    expect(held.isRescuing).toBe(false)
  })

  test('an ack, or a line that is known to be lost, starts over', () => {
    const held = new HeldBack()
    held.add('a', NOW)
    held.add('b', NOW)
    expect(held.next(NOW + 9_000)).toBe('reconnect')
    held.heard('a', 1)
    expect(held.ids).toEqual(['b'])
    expect(held.next(NOW + 9_500)).toBe('reconnect')
    held.offline(NOW + 60_000)
    expect(held.next(NOW + 65_000)).toBeNull()
    held.heard('b', 0)
    expect(held.ids).toEqual(['b'])
  })

  test('nothing held, nothing to do', () => {
    expect(new HeldBack().next(NOW)).toBeNull()
  })
})

describe('a deadline', () => {
  test('ends a wait that would not end', async () => {
    const error = await within(5, 'waiting', new Promise(() => {})).catch((e) => e)
    expect(error).toBeInstanceOf(DeadlineError)
    expect(isPageLost(error)).toBe(true)
  })

  test('lets answers and errors through', async () => {
    expect(await within(1_000, 'answer', Promise.resolve(1))).toBe(1)
    const error = await within(1_000, 'error', Promise.reject(new Error('no'))).catch((e) => e)
    expect(error.message).toBe('no')
  })

  test.each([
    'Protocol error (Runtime.callFunctionOn): Target closed',
    'Execution context was destroyed, most likely because of a navigation.',
    'Attempted to use detached Frame',
    'Session closed. Most likely the page has been closed.',
  ])('knows the words of a page that went away: %s', (words) => {
    expect(isPageLost(new Error(words))).toBe(true)
    expect(isPageLost(new Error('wid error'))).toBe(false)
  })

  test('details carry no numbers of people and no stack', () => {
    expect(detailOf(new Error('wid error: 491600000001@c.us\n at x'))).toBe('wid error: #@c.us')
  })
})
