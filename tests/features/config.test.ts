// Every option: its default, its right and wrong values, and that nothing secret is ever shown.
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ConfigError, options, printConfig, publicUrl, readConfig } from '../../src/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'botwave-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test('nothing set: the defaults, and empty means not set', () => {
  const defaults = {
    port: 3000,
    host: '127.0.0.1',
    publicUrl: null,
    dataDir: resolve('data'),
    databaseUrl: null,
    jwtSecret: null,
    chromeFlags: '',
    trustedProxies: [],
    logLevel: 'info',
  }
  expect(readConfig({})).toMatchObject(defaults)
  const empty = Object.fromEntries(Object.values(options).map((option) => [option.name, ' ']))
  expect(readConfig(empty)).toEqual(readConfig({}))
})

test.each([
  [{ PORT: '0' }, { port: 0 }],
  [{ HOST: '[::1]' }, { host: '::1' }],
  [{ PUBLIC_URL: 'https://Bot.Example/' }, { publicUrl: 'https://bot.example' }],
  [{ DATABASE_URL: 'postgres:///name?host=/run' }, { databaseUrl: 'postgres:///name?host=/run' }],
  [{ DEFAULT_COUNTRY: 'in' }, { defaultCountry: 'IN' }],
  [{ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }, { trustedProxies: ['10.0.0.0/8', '::1'] }],
  [{ LOG_LEVEL: 'WARN' }, { logLevel: 'warn' }],
  [{ CHROME_PATH: 'packaged' }, { chromePath: 'packaged' }],
  [
    { SMTP_URL: 'smtps://u:p@mail', MAIL_FROM: 'BotWave <bot@example.com>' },
    { mailFrom: 'BotWave <bot@example.com>' },
  ],
])('reads %p', (env, expected) => {
  expect(readConfig(env as Record<string, string>)).toMatchObject(expected)
})

test.each([
  ['PORT', { PORT: '65536' }],
  ['PORT', { PORT: '-1' }],
  ['PORT', { PORT: '3e3' }],
  ['HOST', { HOST: 'http://x' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'bot.example' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'https://bot.example/path' }],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://u:hidden-part@h/d' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hidden-part@h' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hidden-part%@[h/d' }],
  ['DATABASE_OWNER_URL', { DATABASE_OWNER_URL: 'postgres://u:hidden-part@h/d' }],
  ['JWT_SECRET', { JWT_SECRET: 'hidden-part' }],
  ['JWT_SECRET_FILE', { JWT_SECRET_FILE: '/nowhere' }],
  ['ADMIN_EMAIL', { ADMIN_EMAIL: 'a@example.com' }],
  ['ADMIN_PASSWORD', { ADMIN_PASSWORD: 'hidden-part' }],
  ['ADMIN_PASSWORD', { ADMIN_PASSWORD: 'hidden-part-that-is-long' }],
  ['CHROME_PATH', { CHROME_PATH: '/nowhere' }],
  ['CHROME_FLAGS', { CHROME_FLAGS: '"--a' }],
  ['WHATSAPP_WEB_PAGE', { WHATSAPP_WEB_PAGE: '/nowhere' }],
  ['SMTP_URL', { SMTP_URL: 'http://u:hidden-part@mail' }],
  ['SMTP_URL', { SMTP_URL: 'smtp://u:hidden-part@mail' }],
  ['MAIL_FROM', { MAIL_FROM: 'nobody' }],
  ['DEFAULT_COUNTRY', { DEFAULT_COUNTRY: 'XX' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/33' }],
  ['OUTBOUND_ALLOW', { OUTBOUND_ALLOW: 'intranet' }],
  ['METRICS_TOKEN', { METRICS_TOKEN: 'hidden-part but-with-a-space' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
])('refuses a wrong %s in one sentence: %p', (name, env) => {
  const read = () => readConfig(env as Record<string, string>)
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(new RegExp(`^${name} [^\\n]*\\.$`))
  expect(read).not.toThrow(/hidden-part/)
})

test('a secret comes from a file, but not from two places', () => {
  const secret = 's'.repeat(40)
  const JWT_SECRET_FILE = file('secret', `${secret}\n`)
  expect(readConfig({ JWT_SECRET_FILE }).jwtSecret).toBe(secret)
  expect(() => readConfig({ JWT_SECRET_FILE, JWT_SECRET: secret })).toThrow(/both set/)
  expect(() => readConfig({ JWT_SECRET_FILE: file('empty', '\n') })).toThrow(/empty file/)
})

test('prints every option and no secret', () => {
  const secret = 'hidden-part-that-is-long-enough-to-be-a-secret'
  const printed = printConfig(
    readConfig({
      JWT_SECRET: secret,
      ADMIN_EMAIL: 'a@example.com',
      ADMIN_PASSWORD: secret,
      DATABASE_URL: `postgres://u:${secret}@h/d`,
      SMTP_URL: `smtp://u:${secret}@h`,
      MAIL_FROM: 'bot@example.com',
    }),
  )
  expect(printed).not.toContain(secret)
  for (const { name } of Object.values(options)) expect(printed).toMatch(new RegExp(`^${name}=`, 'm'))
})

test('links start with PUBLIC_URL, else with where it really listens', () => {
  expect(publicUrl({ publicUrl: 'https://b', host: '127.0.0.1' }, 1)).toBe('https://b')
  expect(publicUrl({ publicUrl: null, host: '127.0.0.1' }, 4321)).toBe('http://127.0.0.1:4321')
  expect(publicUrl({ publicUrl: null, host: '0.0.0.0' }, 1)).toBe('http://localhost:1')
  expect(publicUrl({ publicUrl: null, host: '::1' }, 1)).toBe('http://[::1]:1')
})
