// When something is not as it should be: the dashboard says what, and what to do.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  desktop,
  linkAccount,
  openStage,
  PASSWORD,
  PLAIN_HOST,
  type Stage,
  setUp,
  type Visit,
} from './stage.ts'

const LIMIT_MS = 240_000
let stage: Stage
beforeAll(async () => {
  stage = await openStage('troubles')
  await using visit = await stage.visit('troubles')
  await setUp(visit, stage.product)
}, LIMIT_MS)
afterAll(() => stage?.[Symbol.asyncDispose](), LIMIT_MS)

/** A person of its own for each test. */
async function register(visit: Visit): Promise<string> {
  const email = `${crypto.randomUUID()}@example.com`
  await visit.go('/register')
  await visit.page.getByLabel('Email address').fill(email)
  await visit.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await visit.page.getByRole('button', { name: 'Create account' }).click()
  await visit.page.getByRole('heading', { name: 'Home' }).waitFor()
  return email
}

test(
  'linked by a code to type; disconnected and back without a code; logged out and not',
  async () => {
    await using visit = await stage.visit('linking')
    const { page, go, shot } = visit
    const phone = stage.whatsapp.phone('491600000021')
    await register(visit)
    await go('/accounts?add=1')
    await page.getByLabel('Name').fill('Desk')
    await page.getByRole('button', { name: 'Add and link' }).click()
    await page.getByRole('button', { name: /No camera/ }).click()
    await page.getByLabel('Phone number of this WhatsApp').fill('+49 160 0000021')
    await page.getByRole('button', { name: 'Get a code' }).click()
    const code = await page.locator('[data-code]').getAttribute('data-code')
    await page.locator('[data-qr]').waitFor()
    await shot('01-pairing-code')
    await phone.enterCode(code!)
    await page.locator('[data-state=ready]').waitFor()

    await page.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByText('You disconnected this account. Its link is kept').waitFor()
    await shot('02-disconnected')
    expect(await phone.devices()).toHaveLength(1)
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await page.locator('[data-state=ready]').waitFor()
    expect(await page.locator('[data-qr]').count()).toBe(0)

    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    await shot('03-log-out')
    await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
    await page.getByText('You logged this account out.').waitFor()
    await phone.waitForUnlinked()
    await page.getByRole('button', { name: 'Link again' }).click()
    await page.locator('[data-qr]').waitFor()
  },
  LIMIT_MS,
)

test(
  'what the phone does is seen at once: the line drops, WhatsApp is opened elsewhere, the device is logged out',
  async () => {
    await using visit = await stage.visit('phone-side')
    const { page, go, shot } = visit
    const own = '491600000022'
    const phone = stage.whatsapp.phone(own)
    await register(visit)
    await go('/accounts')
    await linkAccount(visit, stage, 'Desk', own)

    await phone.openElsewhere()
    await page.locator('[data-state=conflict]').waitFor()
    await shot('01-open-elsewhere')
    await page.getByRole('button', { name: 'Use WhatsApp here' }).click()
    await page.locator('[data-state=ready]').waitFor()

    await phone.logoutDevices()
    await page.getByText('The phone logged this device out.').waitFor()
    await shot('02-logged-out')
    await page.getByRole('button', { name: 'Link again' }).waitFor()
  },
  LIMIT_MS,
)

test(
  'without the socket the page asks every two seconds, says so, and statuses go on to "read"',
  async () => {
    await using visit = await stage.visit('polling')
    const { page, go, shot, complaints } = visit
    const own = '491600000023'
    const phone = stage.whatsapp.phone(own)
    await page.routeWebSocket('**/api/live', (socket) => socket.close())
    await register(visit)
    await page.locator('[data-live^=Checking]:visible').waitFor()
    await go('/accounts')
    await linkAccount(visit, stage, 'Desk', own)
    await page.getByRole('link', { name: 'New message' }).click()
    await page.getByLabel('To', { exact: true }).fill('+4915111111111')
    await page.getByLabel('Message').fill('By the poll')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const entry = await stage.whatsapp.waitForWire({ text: 'By the poll' })
    await phone.ack(entry.id, 3)
    await page.locator('[data-bubble=read]').waitFor()
    await shot('01-polling')
    expect(complaints).toEqual([])
  },
  LIMIT_MS,
)

test(
  'off the network the page says so, keeps what was written, and goes on by itself',
  async () => {
    await using visit = await stage.visit('offline')
    const { page, go, shot } = visit
    const own = '491600000024'
    // The browser's own "offline" lets sockets through.
    let online = true
    await page.routeWebSocket('**/api/live', (socket) =>
      online ? socket.connectToServer() : socket.close({ code: 1001 }),
    )
    await register(visit)
    await go('/accounts')
    await linkAccount(visit, stage, 'Desk', own)
    await page.getByRole('link', { name: 'New message' }).click()
    await page.getByLabel('To', { exact: true }).fill('+4915111111111')
    await page.getByLabel('Message').fill('Written on a train')
    await page.getByText('Reads as').waitFor()
    online = false
    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'BotWave cannot be reached' }).waitFor()
    await page.locator('[data-live=Offline]:visible').waitFor()
    await shot('01-offline')
    expect(await page.getByLabel('Message').inputValue()).toBe('Written on a train')
    online = true
    await page.context().setOffline(false)
    await page.locator('[data-live=Live]:visible').waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.locator('[data-bubble=delivered]').waitFor()
    expect(await stage.whatsapp.wire({ text: 'Written on a train' })).toHaveLength(1)
  },
  LIMIT_MS,
)

test(
  'on plain http, where pages have no clipboard, a key can be copied all the same',
  async () => {
    await using visit = await stage.visit('plain-http')
    const { page } = visit
    const plain = stage.product.url.replace('127.0.0.1', PLAIN_HOST)
    await page.goto(`${plain}/register`)
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await page.getByLabel('Email address').fill(`${crypto.randomUUID()}@example.com`)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    await page.locator('[data-live=Live]:visible').waitFor()
    await page.goto(`${plain}/keys`)
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name').fill('Webshop')
    await page.getByRole('button', { name: 'Create key' }).click()
    await page.getByRole('button', { name: 'Copy key' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const key = await page.locator('code').filter({ hasText: 'bw_' }).first().textContent()

    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name').focus()
    await page.keyboard.press('Control+V')
    expect(await page.getByLabel('Name').inputValue()).toBe(key!.slice(0, 60))
  },
  LIMIT_MS,
)

test(
  'closed registration and maintenance are said; people who are no admins see no settings',
  async () => {
    await using admin = await stage.visit('admin')
    await admin.go('/login')
    await admin.page.getByLabel('Email address').fill('priya@example.com')
    await admin.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await admin.page.getByRole('button', { name: 'Sign in' }).click()
    await admin.page.getByRole('heading', { name: 'Home' }).waitFor()
    await using person = await stage.visit('person', desktop)
    await register(person)
    expect(await person.page.getByRole('link', { name: 'Settings' }).count()).toBe(0)

    await admin.go('/settings')
    await admin.page.getByLabel('Registration').click()
    await admin.page.getByText('Registration is closed.').waitFor()
    await admin.page.getByLabel('Maintenance').click()
    await admin.page.getByText('Maintenance is on.').waitFor()
    await admin.shot('01-maintenance-on')

    await using stranger = await stage.visit('stranger')
    await stranger.go('/register')
    await stranger.page.getByText('Registration is closed here.').waitFor()
    await person.page.getByRole('link', { name: 'Accounts' }).first().click()
    await person.page.getByRole('alert').filter({ hasText: 'under maintenance' }).waitFor()
    await person.shot('02-maintenance')

    await admin.page.getByLabel('Maintenance').click()
    await admin.page.getByText('Maintenance is over.').waitFor()
    await admin.page.getByLabel('Registration').click()
    await admin.page.getByText('Registration is open.').waitFor()
    await person.page.getByRole('button', { name: 'Try again' }).click()
    await person.page.getByText('Link your first WhatsApp').waitFor()
  },
  LIMIT_MS,
)
