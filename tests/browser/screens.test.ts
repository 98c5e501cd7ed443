// Every screen in the dark and very narrow, and all by keyboard: readable, reachable, nothing sticks out.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { BrowserContextOptions } from 'playwright-core'
import { openStage, PASSWORD, type Stage, setUp } from './stage.ts'

const LIMIT_MS = 240_000
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await using visit = await stage.visit('made')
  await setUp(visit, stage.product)
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
    await go('/login')
    await page.getByLabel('Email address').fill('priya@example.com')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
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
    expect(complaints).toEqual([])
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
    await page.getByRole('button', { name: 'Add account' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Enter')
    await page.locator('[data-qr]').waitFor()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('By keyboard')
  },
  LIMIT_MS,
)

function focused({ page }: { page: import('playwright-core').Page }): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
}
