// The log: one JSON line an event, and nothing in it that belongs to a person or opens a door.
import { expect, test } from 'bun:test'
import { createLog, holdLines } from '../../src/log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): { text: string; lines: unknown[] } {
  let text = ''
  write(
    createLog('debug', {
      write: (line: string) => {
        text += line
      },
    }),
  )
  return {
    text,
    lines: text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  }
}

const key = `bw_${'k'.repeat(40)}`

test.each([
  [key, (log) => log.info({ api_key: key }, 'x')],
  [key, (log) => log.info({ deep: [{ headers: { 'X-Api-Key': key } }] }, 'x')],
  [key, (log) => log.info({ url: `/api/send?api_key=${key}&a=1` }, 'x')],
  [key, (log) => log.info(`a call with ${key}`)],
  [key, (log) => log.child({ token: key }).info('x')],
  [key, (log) => log.error({ err: new Error(`refused ${key}`) }, 'x')],
  [key, (log) => log.error(new Error('outer', { cause: new Error(key) }))],
  ['911234567890', (log) => log.child({ phone: '911234567890' }).info('x')],
  ['911234567890', (log) => log.info({ number: '911234567890' }, 'x')],
  ['911234567890', (log) => log.info({ url: '/api/send?number=911234567890' }, 'x')],
  ['911234567890', (log) => log.warn('no chat 911234567890@c.us')],
  ['Meet me', (log) => log.info({ message_body: 'Meet me at nine', row: { body: 'Meet me' } }, 'x')],
  ['a-token-of-32', (log) => log.warn('opened https://botwave.example/reset-password#a-token-of-32')],
  ['ABCD-EFGH', (log) => log.info({ recovery_codes: ['ABCD-EFGH'] }, 'x')],
  ['topsecret', (log) => log.error('cannot reach postgres://u:topsecret@db/x')],
  [
    'Key (email)',
    (log) => log.error({ err: Object.assign(new Error('dup'), { detail: 'Key (email)=(a@b)' }) }, 'x'),
  ],
] as [string, (log: ReturnType<typeof createLog>) => void][])('hides %s: %p', (secret, write) => {
  const { text, lines } = logged(write)
  expect(lines).toHaveLength(1)
  expect(text).not.toContain(secret)
})

test('keeps what helps: level, time, ids, codes, the stack', () => {
  const { lines } = logged((log) => {
    log.info({ account_id: 'a1', state: 'ready', ms: 3 }, 'account is ready')
    log.error({ err: Object.assign(new Error('gone'), { code: '57P01' }) }, 'lost')
    log.trace('not at this level')
  })
  expect(lines).toMatchObject([
    {
      level: 'info',
      time: expect.any(String),
      account_id: 'a1',
      state: 'ready',
      ms: 3,
      msg: 'account is ready',
    },
    { level: 'error', err: { what: 'gone', code: '57P01', stack: expect.stringContaining('log.test.ts') } },
  ])
})

test('lines held back: the first is written, the rest is counted, also of children; then it begins anew', () => {
  let taken: number[] = []
  const { lines } = logged((log) => {
    const child = log.child({ part: 'x' })
    const held = holdLines(log, (fields) => 'same' in fields)
    log.warn({ same: 1 }, 'a')
    child.warn({ same: 2 }, 'b')
    log.warn({ same: 3 }, 'c')
    log.warn({ other: 1 }, 'd')
    log.warn('e')
    taken = [held.take(), held.take()]
    child.warn({ same: 4 }, 'f')
    log.warn({ same: 5 }, 'g')
    held.end()
    log.warn({ same: 6 }, 'h')
  })
  expect(lines.map((line) => (line as { msg: string }).msg)).toEqual(['a', 'd', 'e', 'f', 'h'])
  expect(taken).toEqual([2, 0])
})
