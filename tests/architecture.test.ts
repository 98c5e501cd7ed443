// Holds the map of rooms and arrows against every import, and shows that a wrong one would be seen.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findCircles, judge, opensWithPurpose, readArrows, roomOf } from './support/arrows.ts'

const root = join(import.meta.dir, '..')
const files = [...new Bun.Glob('{src,workers,web,tests,sql}/**/*.{ts,tsx,sql}').scanSync(root)].sort()
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const program = files.filter((file) => /^(src|workers|web)\//.test(file) && /\.tsx?$/.test(file))
const arrows = program.flatMap((file) => readArrows(file, texts.get(file)!))

test('every import follows the table', () => {
  expect(arrows.length).toBeGreaterThan(20)
  expect(arrows.map(judge).filter(Boolean)).toEqual([])
})

test('every file is in a room', () => {
  expect(program.filter((file) => !roomOf(file))).toEqual([])
})

test('no imports in a circle', () => {
  expect(findCircles(arrows)).toEqual([])
})

test('nothing outside tests imports a test', () => {
  expect(arrows.filter((arrow) => arrow.to.startsWith('tests/'))).toEqual([])
})

test('every file opens with what it is for', () => {
  expect(files.filter((file) => !opensWithPurpose(texts.get(file)!))).toEqual([])
})

test('only one file imports whatsapp-web.js', () => {
  const users = program.filter((file) => /from 'whatsapp-web\.js'/.test(texts.get(file)!))
  expect(users.filter((file) => file !== 'workers/whatsapp.ts')).toEqual([])
})

test('no file has a name that says nothing', () => {
  const empty = /(^|\/)(utils?|common|helpers?|types|services?|index)\.tsx?$/
  expect(files.filter((file) => empty.test(file))).toEqual([])
})

describe('the checker itself', () => {
  const judged = (from: string, line: string) => readArrows(from, line).map(judge)[0]

  test.each([
    ['src/rules/phone.ts', "import { connect } from '../database/connect.ts'\nconnect()"],
    ['src/rules/phone.ts', "import type { Sql } from '../database/connect.ts'"],
    ['src/config.ts', "import { limit } from './http/limit.ts'\nlimit()"],
    ['src/database/open.ts', "import { findUser } from '../users/store.ts'\nfindUser()"],
    ['src/http/guard.ts', "import { findMessage } from '../messages/store.ts'\nfindMessage()"],
    ['src/http/guard.ts', "export { send } from '../messages/outbox.ts'"],
    ['src/messages/store.ts', "import { connect } from '../database/connect.ts'\nconnect()"],
    ['src/messages/store.ts', "import { findAccount } from '../accounts/store.ts'\nfindAccount()"],
    ['src/messages/outbox.ts', "import { ask } from '../accounts/supervisor.ts'\nask()"],
    ['src/messages/outbox.ts', "import { guard } from '../http/guard.ts'\nguard()"],
    ['src/messages/outbox.ts', "const m = await import('../../workers/whatsapp.ts')"],
    ['src/messages/outbox.ts', "import { x } from '../../workers/protocol.ts'\nx()"],
    ['src/keys/routes.ts', "import { signIn } from '../auth/sign-in.ts'\nsignIn()"],
    ['src/accounts/thread.ts', "import { start } from '../../workers/protocol.ts'\nstart()"],
    ['workers/account.ts', "import type { Config } from '../src/config.ts'"],
    ['web/live.ts', "import { api } from '../src/api.ts'\napi()"],
    ['web/live.ts', "import type { Account } from '../src/accounts/store.ts'"],
    ['src/odd.ts', "import { phone } from './rules/phone.ts'\nphone()"],
  ])('refuses %s: %s', (from, line) => {
    expect(judged(from, line)).toBeString()
  })

  test.each([
    ['src/rules/phone.ts', "import { bucket } from './bucket.ts'\nbucket()"],
    ['src/messages/store.ts', "import type { Sql } from '../database/connect.ts'"],
    ['src/messages/store.ts', "import { record } from '../events/record.ts'\nrecord()"],
    ['src/messages/outbox.ts', "import { findAccount } from '../accounts/store.ts'\nfindAccount()"],
    ['src/messages/outbox.ts', "import type { SendAsk } from '../../workers/protocol.ts'"],
    ['src/messages/routes.ts', "import { guard } from '../http/guard.ts'\nguard()"],
    ['src/accounts/thread.ts', "import type { Reply } from '../../workers/protocol.ts'"],
    ['web/api.ts', "import type { Api } from '../src/api.ts'"],
    ['src/app.ts', "import { thread } from './accounts/thread.ts'\nthread()"],
  ])('allows %s: %s', (from, line) => {
    expect(judged(from, line)).toBeNull()
  })

  test('sees a circle, and none where types close it', () => {
    const circle = [
      { from: 'a', to: 'b', types: false },
      { from: 'b', to: 'c', types: false },
      { from: 'c', to: 'a', types: false },
    ]
    expect(findCircles(circle)).toEqual([['a', 'b', 'c', 'a']])
    expect(findCircles([...circle.slice(0, 2), { from: 'c', to: 'a', types: true }])).toEqual([])
  })

  test('sees a file without a purpose', () => {
    expect(opensWithPurpose("import { x } from 'y'\n")).toBe(false)
    expect(opensWithPurpose('\n// Late.\n')).toBe(false)
    expect(opensWithPurpose('// Finds a browser.\n')).toBe(true)
  })
})
