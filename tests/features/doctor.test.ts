// `botwave doctor` says of each thing that BotWave needs whether it is there, and ends accordingly.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loginFromUrl, loginToUrl } from '../../src/database/login.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let dataDir: string
beforeAll(async () => {
  database = await createTestDatabase()
  dataDir = mkdtempSync(join(tmpdir(), 'botwave-doctor-'))
})
afterAll(async () => {
  rmSync(dataDir, { recursive: true })
  await database.drop()
})

/** Each line as what → verdict and sentence. */
async function doctor(env: Record<string, string>) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../../src/main.ts'), 'doctor'], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, CHROME_PATH: '/bin/true', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, code] = [await new Response(child.stdout).text(), await child.exited]
  const lines = out.trimEnd().split('\n')
  const found = new Map(
    lines.map((line) => [line.slice(6, 20).trim(), [line.slice(0, 4).trim(), line.slice(22)]]),
  )
  return { code, found }
}

test('names a browser that is none, and what is well beside it', async () => {
  const { code, found } = await doctor({ DATABASE_URL: database.url })
  expect(code).toBe(1)
  expect(found.get('configuration')![0]).toBe('ok')
  expect(found.get('disk')![1]).toContain(dataDir)
  expect(found.get('database')![1]).toMatch(/^PostgreSQL \d+.*, schema \d+, used as \S+_app\.$/)
  expect(found.get('tenancy')![0]).toBe('ok')
  const [verdict, text] = found.get('browser')!
  expect(verdict).toBe('bad')
  expect(text).toMatch(/^The browser \S+ does not start: it tells no version\.$/)
})

test('reports a superuser login, and one for which row-level security would not hold', async () => {
  const name = `botwave_above_${crypto.randomUUID().slice(0, 8)}`
  await database.owner.unsafe(`create role ${name} login bypassrls`)
  await database.owner.unsafe(`grant all on all tables in schema public to ${name}`)
  try {
    const above = loginToUrl({ ...loginFromUrl(database.url), user: name })
    const { code, found } = await doctor({ DATABASE_URL: above, DATABASE_OWNER_URL: database.url })
    expect(code).toBe(1)
    expect(found.get('tenancy')![0]).toBe('bad')
    expect(found.get('database login')).toEqual([
      'note',
      `The database login ${name} passes row-level security: use an ordinary one.`,
    ])
    const superuser = await doctor({ DATABASE_URL: database.url })
    expect(superuser.found.get('database login')![1]).toContain('superuser')
  } finally {
    await database.owner.unsafe(`drop owned by ${name}`)
    await database.owner.unsafe(`drop role ${name}`)
  }
})

test('stops at an option that cannot be read', async () => {
  const { code, found } = await doctor({ PORT: 'many' })
  expect(code).toBe(1)
  expect([...found.keys()]).toEqual(['configuration'])
  expect(found.get('configuration')![1]).toStartWith('PORT ')
})
