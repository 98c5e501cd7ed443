// A move of an account whose commit was done and never answered: it counts, once, with all that follows from it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMoves, type Moves, type Moving } from '../../src/accounts/moves.ts'
import { type Account, createAccount, findAnyAccount } from '../../src/accounts/store.ts'
import { Supervisor } from '../../src/accounts/supervisor.ts'
import { connect, type Sql } from '../../src/database/connect.ts'
import { createHub, type Hub } from '../../src/events/hub.ts'
import type { EventRow } from '../../src/events/record.ts'
import { createLog } from '../../src/log.ts'
import type { AccountHappening } from '../../src/rules/account-state.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { type LossyLine, openLossyLine } from '../support/lossy-line.ts'

let database: TestDatabase
let line: LossyLine
let sql: Sql
let heard: EventRow[]
let hub: Hub
let moves: Moves

beforeAll(async () => {
  database = await createTestDatabase()
  line = await openLossyLine(database.login)
  sql = connect(line.login, { everybody: true })
})
afterAll(async () => {
  await sql.end({ timeout: 1 })
  line.close()
  await database.drop()
})
beforeEach(() => {
  heard = []
  hub = createHub(() => {})
  hub.subscribe((event) => heard.push(event))
  moves = createMoves({ sql, hub, log: createLog('silent'), isStopping: () => false, pauseMs: 10 })
})

type Before = Partial<Pick<Account, 'state' | 'reason' | 'wanted' | 'linked_at' | 'run' | 'attempts'>>

async function newAccount(change: Before = {}): Promise<Account> {
  const userId = Bun.randomUUIDv7()
  const user = { id: userId, email: `${userId}@example.com`, password_hash: 'none' }
  await database.owner`insert into users ${database.owner(user)}`
  const { account } = await createAccount(database.sql, { userId, name: 'Phone' })
  if (Object.keys(change).length === 0) return account
  await database.owner`update accounts set ${database.owner(change)} where id = ${account.id}`
  return (await findAnyAccount(database.sql, account.id))!
}

/** Moves with the answer of the commit lost; what the caller is told, and what is in the table. */
async function moveUnheard(account: Account, happening: AccountHappening, extra = {}) {
  const moving: Moving = { account, restartsMs: [] }
  const lost = line.loseNextCommit()
  const move = await moves.move(moving, happening, extra)
  await lost
  const events = await database.owner<EventRow[]>`
    select * from events where account_id = ${account.id} and type = 'account.state'`
  return { move, moving, events, row: await findAnyAccount(database.sql, account.id) }
}

const up = { wanted: true, linked_at: new Date(), run: 3 }

test.each<[string, Before, AccountHappening, object]>([
  ['a connection that was asked for', {}, { type: 'connect' }, { state: 'starting', wanted: true }],
  ['ready', { ...up, state: 'syncing' }, { type: 'seen', state: 'ready', reason: null }, { state: 'ready' }],
  [
    'an end that is followed by another try',
    { ...up, state: 'ready' },
    { type: 'ended', code: 'browser_died' },
    { state: 'reconnecting', attempts: 1, retry: true },
  ],
  [
    'a second end in the same state',
    { ...up, state: 'reconnecting', reason: 'browser_died', attempts: 1 },
    { type: 'ended', code: 'page_frozen' },
    { state: 'reconnecting', reason: 'page_frozen', attempts: 2, retry: true },
  ],
  [
    'a second end for the same reason',
    { ...up, state: 'reconnecting', reason: 'browser_died', attempts: 1 },
    { type: 'ended', code: 'browser_died' },
    { state: 'reconnecting', reason: 'browser_died', attempts: 2, retry: true },
  ],
  [
    'a link that is over',
    { ...up, state: 'ready' },
    { type: 'ended', code: 'logged_out' },
    { state: 'logged_out', forget: true },
  ],
])('%s: told as moved, written once, heard once', async (_name, before, happening, expected) => {
  const account = await newAccount(before)
  const { move, moving, events, row } = await moveUnheard(account, happening)
  expect(move).toMatchObject(expected)
  expect(moving.account).toEqual(row!)
  const isShown = row!.state !== account.state || row!.reason !== account.reason
  expect(events).toHaveLength(isShown ? 1 : 0)
  expect(heard.map(({ id }) => id)).toEqual(events.map(({ id }) => id))
})

test('a start is counted once', async () => {
  const account = await newAccount({ ...up, state: 'starting', reason: 'browser_starting' })
  const { moving } = await moveUnheard(account, { type: 'start' }, { run: account.run + 1 })
  expect(moving.account).toMatchObject({ run: 4, state: 'starting' })
})

test('a move that came too late is none, also at the second try', async () => {
  const account = await newAccount({ ...up, state: 'ready' })
  await database.owner`update accounts set run = 4 where id = ${account.id}`
  const { move, moving } = await moveUnheard(account, { type: 'ended', code: 'browser_died' })
  expect(move).toBeNull()
  expect(moving.account).toMatchObject({ run: 4, state: 'ready' })
  expect(heard).toEqual([])
})

test('what follows from a move follows: the Worker starts', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-moves-'))
  const { promise: ready, resolve } = Promise.withResolvers<Account>()
  const browser = {
    executable: '',
    flags: [],
    env: {},
    sandbox: false,
    kind: 'chrome',
    origin: 'none',
  } as const
  const supervisor = new Supervisor({
    sql,
    hub,
    log: createLog('silent'),
    browser: { ...browser, flags: [] },
    dataDir,
    webPage: null,
    worker: new URL('../support/scripted-worker.ts', import.meta.url),
    handlers: { ready: resolve, ack: () => {}, incoming: () => {}, offer: () => {} },
  })
  try {
    const account = await newAccount({ linked_at: new Date() })
    const lost = line.loseNextCommit()
    // Answered before it is done, since nobody should wait for a database: a person asks again, or sees it happen.
    const refused = await supervisor.connect(account).catch((error: { code: string }) => error.code)
    expect(refused).toBe('CONNECTION_CLOSED')
    await lost
    expect((await ready).id).toBe(account.id)
  } finally {
    await supervisor.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
