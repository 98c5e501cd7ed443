// Every screen in the dark and very narrow, the links that are handed out, and all by keyboard: readable, reachable, nothing sticks out.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { BrowserContextOptions } from 'playwright-core'
import { drawnColors, makeBusy, shifted, watchShifts } from './busy.ts'
import { desktop, openStage, PASSWORD, phoneSized, type Stage, setUp, type Visit } from './stage.ts'

const LIMIT_MS = 240_000
let stage: Stage
beforeAll(async () => {
  stage = await openStage('screens')
  await using visit = await stage.visit('made')
  await setUp(visit, stage.product)
  await visit.page.evaluate(() =>
    fetch('/api/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'somebody.with.a.long.name@warehouse.example.com' }),
    }),
  )
}, LIMIT_MS)
afterAll(() => stage?.[Symbol.asyncDispose](), LIMIT_MS)

// Light on the usual sizes is what the journeys see.
test.each([
  ['dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }],
  ['small', { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }],
] as [string, BrowserContextOptions][])(
  'in %s',
  async (name, options) => {
    await using visit = await stage.visit(name, options)
    const { page, go, shot, complaints } = visit
    await go('/register')
    await shot('01-register')
    await go('/forgot-password')
    await page.getByLabel('Email address').waitFor()
    await shot('09-forgot-password')
    await go('/login')
    await signIn(visit, 'priya@example.com', PASSWORD)
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    await page.getByText('First steps').waitFor()
    await shot('02-home')
    await go('/messages')
    await page.getByText('No messages yet').waitFor()
    await shot('03-no-messages')
    await go('/messages?q=nothing+like+it')
    await page.getByText('Nothing matches').waitFor()
    await shot('04-no-match')
    await go('/compose')
    await page.getByText('First link a WhatsApp').waitFor()
    await shot('05-compose-unlinked')
    await go('/keys')
    await page.getByText('No key yet').waitFor()
    await page.getByRole('button', { name: 'New key' }).click()
    await shot('06-new-key')
    await go('/settings')
    await page.getByText('Sending limits').waitFor()
    await shot('07-settings')
    await go('/accounts/018f0000-0000-7000-8000-000000000000')
    await page.getByText('No such account').waitFor()
    await shot('08-no-account')
    await go('/profile')
    await page.getByText('Where you are signed in').waitFor()
    await shot('10-profile')
    await go('/people')
    await page.getByRole('button', { name: /somebody/ }).click()
    await page.getByRole('button', { name: 'Remove for good' }).click()
    await page.getByText('It cannot be undone').waitFor()
    await shot('11-removal')
    await go('/webhooks')
    await page.getByText('No webhook yet').waitFor()
    await page.getByRole('button', { name: 'New webhook' }).click()
    await page.getByLabel('Everything').uncheck()
    await shot('12-new-webhook')
    // Made of the same parts as those before: once is enough.
    if (name === 'small') {
      await go('/all-accounts')
      await page.getByText('No account yet').waitFor()
      await shot('13-all-accounts')
      await go('/activity')
      await page.getByText('Made a user').waitFor()
      await shot('14-activity')
    }
    expect(complaints).toEqual([])
  },
  LIMIT_MS,
)

test(
  'figures of a fortnight: Home and the overview, light and dark, large and small, drawn where nothing moves',
  async () => {
    const { admin, person } = await makeBusy(stage)
    for (const [name, options] of [
      ['busy-desktop', desktop],
      ['busy-phone', { ...phoneSized, colorScheme: 'dark' }],
    ] as [string, BrowserContextOptions][]) {
      await using visit = await stage.visit(name, options)
      const { page, go, shot, complaints } = visit
      await watchShifts(visit)
      await go('/login')
      await signIn(visit, admin, PASSWORD)
      await page.locator('[data-chart="14"] canvas').waitFor()
      await go('/')
      await page.locator('[data-chart="14"] canvas').waitFor()
      expect(await drawnColors(visit)).toBeGreaterThanOrEqual(5)
      expect(await shifted(visit)).toBeLessThan(0.02)
      await shot('01-home')
      await page.getByRole('heading', { name: 'Last failures' }).scrollIntoViewIfNeeded()
      await shot('02-home-below')
      await page.getByRole('button', { name: 'As a table' }).click()
      expect(await page.locator('.figure-table tbody tr').count()).toBe(14)
      await shot('03-home-table')

      await go('/overview?days=30')
      await page.locator('[data-chart="30"] canvas').waitFor()
      expect(await shifted(visit)).toBeLessThan(0.02)
      await shot('04-overview')
      await page.getByRole('link', { name: person }).first().click()
      await page.getByText(`Messages of ${person}.`).waitFor()
      await page.getByRole('heading', { name: 'Why messages failed' }).scrollIntoViewIfNeeded()
      await shot('05-overview-of-one')
      expect(complaints).toEqual([])
    }
  },
  LIMIT_MS,
)

test(
  'figures that cannot be had say so and are asked for again; a failure leads to its message',
  async () => {
    const { admin } = await makeBusy(stage)
    await using visit = await stage.visit('figures-away')
    const { page, go, shot } = visit
    await go('/login')
    await signIn(visit, admin, PASSWORD)
    await page.getByRole('heading', { name: 'Last failures' }).waitFor()
    await page.route('**/api/analytics*', (route) => route.abort())
    await page.route('**/assets/day-chart-*.js', (route) => route.abort())
    await go('/')
    await page.getByText('BotWave cannot be reached').waitFor()
    await shot('01-no-figures')
    await page.unroute('**/api/analytics*')
    await page.getByRole('button', { name: 'Try again' }).click()
    // The chart's own script does not come either: its numbers are there all the same.
    await page.getByText('The chart could not be loaded').waitFor()
    await page.getByRole('button', { name: 'As a table' }).click()
    await shot('02-no-chart')
    await page.locator('[data-failure=not_on_whatsapp]').first().click()
    await page.getByRole('dialog').getByText('This number is not on WhatsApp.').waitFor()
  },
  LIMIT_MS,
)

test(
  'an invitation leads in, and a link for a new password out and to the sign-in',
  async () => {
    await using admin = await stage.visit('inviting')
    await admin.go('/login')
    await signIn(admin, 'priya@example.com', PASSWORD)
    await admin.page.getByRole('heading', { name: 'Home' }).waitFor()
    await admin.go('/people')
    await admin.page.getByRole('button', { name: 'Invite' }).click()
    await admin.page.getByLabel('Email address', { exact: true }).fill('noor@example.com')
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click()
    const invitation = await linkShown(admin)

    await using guest = await stage.visit('invited')
    await guest.go(invitation)
    expect(guest.page.url()).not.toContain('#')
    await guest.shot('01-invited')
    await guest.page.getByLabel('New password', { exact: true }).fill(PASSWORD)
    await guest.page.getByRole('button', { name: 'Join' }).click()
    await guest.page.getByRole('heading', { name: 'Home' }).waitFor()

    await admin.go('/people?q=noor')
    await admin.page.getByRole('button', { name: /noor/ }).click()
    await admin.page.getByRole('button', { name: 'Make a link' }).click()
    await admin.page.getByRole('button', { name: 'Make the link' }).click()
    const reset = await linkShown(admin)
    await guest.go(reset)
    await guest.page.getByLabel('New password', { exact: true }).fill('eight slow snails climb')
    await guest.page.getByRole('button', { name: 'Set the password' }).click()
    await guest.page.getByText('Your new password is set').waitFor()
  },
  LIMIT_MS,
)

test(
  'a person without a mouse goes from the first screen to a QR code',
  async () => {
    await using visit = await stage.visit('keyboard')
    const { page, go } = visit
    await go('/login')
    await page.getByLabel('Email address').focus()
    await page.keyboard.type('priya@example.com')
    await page.keyboard.press('Tab')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Add an account' }).waitFor()

    await page.keyboard.press('Tab')
    expect(await focused(visit)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await focused(visit)).toBe('Add an account')
    expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe('solid')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    // The address follows the closed dialog a moment later, and takes with it what is opened before.
    await page.waitForURL(`${stage.product.url}/accounts`)
    await page.getByRole('button', { name: 'Add account' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Enter')
    await page.locator('[data-qr]').waitFor()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('By keyboard')
  },
  LIMIT_MS,
)

async function signIn({ page }: Visit, email: string, password: string) {
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** The one-time link that stands in a dialog, as a path of the dashboard. */
async function linkShown({ page }: Visit): Promise<string> {
  const text = await page.getByRole('dialog').locator('code', { hasText: '#' }).textContent()
  const { pathname, hash } = new URL(text!)
  return pathname + hash
}

function focused({ page }: Visit): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
}
