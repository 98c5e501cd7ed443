// What one look at the page means, as a table, and how long each phase may take.

import { describe, expect, test } from 'bun:test'
import type { Probe } from '../../workers/page/window.ts'
import { Patience } from '../../workers/patience.ts'
import { type Memory, readSight } from '../../workers/sight.ts'

const FRESH: Memory = {
  wasReady: false,
  linked: false,
  hasQr: false,
  hasCode: false,
  codeRefused: false,
  isScanLate: false,
}

function probe(change: Partial<Probe>): Probe {
  return {
    pageLoad: 'a',
    version: '2.3000.1',
    state: 'OPENING',
    hasSynced: false,
    phoneId: null,
    lid: null,
    name: null,
    entered: true,
    helpers: false,
    prompt: null,
    loaded: true,
    ...change,
  }
}

const mine = { phoneId: '491@c.us' }
const complete = { state: 'CONNECTED', hasSynced: true, helpers: true, ...mine }

describe('one look', () => {
  const table: [string, Partial<Probe>, Partial<Memory>, object | null][] = [
    ['a page that begins', { state: 'OPENING' }, {}, { state: 'starting', reason: 'page_loading' }],
    ['no state at all', { state: null }, {}, { state: 'starting', reason: 'page_loading' }],
    ['unpaired, QR not there yet', { state: 'UNPAIRED' }, {}, null],
    ['a QR on show', { state: 'UNPAIRED' }, { hasQr: true }, { state: 'qr', reason: 'scan_qr' }],
    [
      'a QR instead of a refused code',
      { state: 'UNPAIRED' },
      { hasQr: true, codeRefused: true },
      { state: 'qr', reason: 'pairing_code_refused' },
    ],
    [
      'a code on show',
      { state: 'UNPAIRED' },
      { hasQr: true, hasCode: true },
      { state: 'pairing', reason: 'enter_code' },
    ],
    [
      'a passkey asked for',
      { state: 'UNPAIRED', prompt: 'passkey' },
      { hasQr: true },
      { state: 'action_required', reason: 'passkey' },
    ],
    ['unlinked while away', { state: 'UNPAIRED' }, { linked: true }, { end: 'unpaired', detail: 'UNPAIRED' }],
    [
      'unlinked while here',
      { state: 'UNPAIRED_IDLE' },
      { wasReady: true },
      { end: 'unpaired', detail: 'UNPAIRED_IDLE' },
    ],
    ['scanned', { state: 'PAIRING' }, {}, { state: 'syncing', reason: 'syncing' }],
    [
      'scanned, and nothing follows',
      { state: 'PAIRING' },
      { isScanLate: true },
      { state: 'action_required', reason: 'scanned_not_opened' },
    ],
    ['connected, not synced', { state: 'CONNECTED', ...mine }, {}, { state: 'syncing', reason: 'syncing' }],
    ['synced, no helpers', { ...complete, helpers: false }, {}, { state: 'syncing', reason: 'syncing' }],
    [
      'synced, not knowing who we are',
      { ...complete, phoneId: null },
      {},
      { state: 'syncing', reason: 'syncing' },
    ],
    ['everything there', complete, {}, { state: 'ready', reason: null }],
    ['known by LID only', { ...complete, phoneId: null, lid: '7@lid' }, {}, { state: 'ready', reason: null }],
    [
      'a build that does not tell of its sync',
      { ...complete, hasSynced: null },
      {},
      { state: 'ready', reason: null },
    ],
    [
      'the line lost',
      { state: 'TIMEOUT' },
      { wasReady: true },
      { state: 'reconnecting', reason: 'line_lost' },
    ],
    ['reloaded', { state: null }, { wasReady: true }, { state: 'reconnecting', reason: 'line_lost' }],
    ['opened elsewhere', { state: 'CONFLICT' }, { wasReady: true }, { state: 'conflict', reason: null }],
    ['blocked', { state: 'TOS_BLOCK' }, {}, { end: 'banned', detail: 'TOS_BLOCK' }],
    ['a business blocked', { state: 'SMB_TOS_BLOCK' }, {}, { end: 'banned', detail: 'SMB_TOS_BLOCK' }],
    ['too old', { state: 'DEPRECATED_VERSION' }, {}, { end: 'page_changed', detail: 'DEPRECATED_VERSION' }],
  ]
  test.each(table)('%s', (_name, seen, memory, sight) => {
    expect(readSight(probe(seen), { ...FRESH, ...memory }) as object | null).toEqual(sight)
  })
})

describe('patience', () => {
  const start = Date.now()

  test('ends with a page that never loads', () => {
    const patience = new Patience()
    expect(patience.check(start + 59_000, null, false)).toBeNull()
    expect(patience.check(start + 62_000, null, false)?.code).toBe('page_unreachable')
  })

  test('tells a page that loads and is not WhatsApp’s', () => {
    const seen = probe({ version: null, state: null })
    expect(new Patience().check(start + 62_000, seen, false)?.code).toBe('page_changed')
  })

  test('counts each phase anew', () => {
    const patience = new Patience()
    patience.check(start + 50_000, probe({ state: 'OPENING' }), false)
    patience.check(start + 130_000, probe({ state: 'CONNECTED' }), false)
    expect(patience.check(start + 215_000, probe({ state: 'CONNECTED' }), false)).toBeNull()
    expect(patience.check(start + 221_000, probe({ state: 'CONNECTED' }), false)?.code).toBe('sync_deadline')
  })

  test('waits for a person at a prompt, and for ever once it stands', () => {
    const asked = new Patience()
    const prompted = probe({ state: 'PAIRING', prompt: 'passkey' })
    asked.check(start, prompted, false)
    expect(asked.check(start + 300_000, prompted, false)).toBeNull()
    const standing = new Patience()
    expect(standing.check(start + 9_000_000, probe(complete), true)).toBeNull()
  })

  test('lets an account be offline for ten minutes', () => {
    const patience = new Patience()
    patience.check(start, probe({ state: 'TIMEOUT' }), true)
    expect(patience.check(start + 599_000, probe({ state: 'TIMEOUT' }), true)).toBeNull()
    expect(patience.check(start + 601_000, probe({ state: 'TIMEOUT' }), true)?.code).toBe('page_unreachable')
  })
})
