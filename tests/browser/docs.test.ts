// The documentation in a browser: on a desk in the light and on a small phone in the dark, found from the dashboard, its examples copied.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { BrowserContextOptions } from 'playwright-core'
import { docsPages, docsPath } from '../../web/docs/pages.ts'
import { desktop, openStage, type Stage, setUp, type Visit } from './stage.ts'

const LIMIT_MS = 240_000
let stage: Stage
beforeAll(async () => {
  stage = await openStage('docs')
}, LIMIT_MS)
afterAll(() => stage?.[Symbol.asyncDispose](), LIMIT_MS)

const dark = { colorScheme: 'dark', deviceScaleFactor: 2, isMobile: true, hasTouch: true } as const

test.each([
  ['docs-light', desktop],
  ['docs-dark', { viewport: { width: 360, height: 740 }, ...dark }],
] as [string, BrowserContextOptions][])(
  'every page: %s',
  async (name, options) => {
    await using visit = await stage.visit(name, options)
    const { page, go, shot, complaints } = visit
    for (const [at, file] of docsPages.entries()) {
      await go(docsPath(file))
      const heading = await page.getByRole('heading', { level: 1 }).textContent()
      await shot(
        `${String(at + 1).padStart(2, '0')}-${file}`,
        `${heading} · BotWave – Smart WhatsApp Automation`,
      )
    }
    expect(complaints).toEqual([])
  },
  LIMIT_MS,
)

test(
  'from the dashboard to the documentation, through it by its menu, and to the API and back',
  async () => {
    await using desk = await stage.visit('from-dashboard')
    await setUp(desk, stage.product)
    await desk.page.getByRole('link', { name: 'Documentation' }).click()
    await desk.page.getByRole('heading', { name: 'Quick start', level: 1 }).waitFor()
    await desk.page.goBack()
    await makeKey(desk)
    await desk.go('/docs')
    await desk.page.getByRole('link', { name: 'Every route and field' }).click()
    await desk.page.getByRole('heading', { name: 'API', level: 1 }).waitFor()
    await desk.page.getByRole('link', { name: 'the documentation' }).click()
    await desk.page.getByRole('heading', { name: 'Quick start', level: 1 }).waitFor()

    await using phone = await stage.visit('by-menu', { viewport: { width: 360, height: 740 }, ...dark })
    await phone.go('/docs')
    await phone.page.getByText('Menu').tap()
    await phone.page.getByRole('navigation', { name: 'Documentation' }).getByText('Webhooks').tap()
    await phone.page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor()
    expect([...desk.complaints, ...phone.complaints]).toEqual([])
  },
  LIMIT_MS,
)

test(
  'an example is copied with the address of this server in it',
  async () => {
    await using visit = await stage.visit('copied')
    const { page, go, complaints } = visit
    await go('/docs')
    const example = page.locator('.example', { hasText: 'BOTWAVE_URL=' }).first()
    await example.getByRole('button', { name: 'Copy' }).click()
    await example.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await example.locator('code').textContent()).toBe(
      `export BOTWAVE_URL=${stage.product.url}\nexport BOTWAVE_KEY=bw_…\n`,
    )
    // Pasted where everybody can look at it.
    await page.evaluate(() => {
      const field = document.createElement('textarea')
      document.querySelector('main')?.append(field)
      field.focus()
    })
    await page.keyboard.press('Control+V')
    expect(await page.locator('textarea').inputValue()).toContain(`BOTWAVE_URL=${stage.product.url}`)
    expect(complaints).toEqual([])
  },
  LIMIT_MS,
)

test(
  'without scripts everything is there but the buttons',
  async () => {
    await using visit = await stage.visit('no-scripts', { ...desktop, javaScriptEnabled: false })
    await visit.go('/docs/sending')
    expect(await visit.page.locator('.example').count()).toBeGreaterThan(10)
    expect(await visit.page.getByRole('button').count()).toBe(0)
    await visit.page.getByRole('navigation', { name: 'Documentation' }).getByText('Later').click()
    await visit.page.waitForURL('**/docs/sending#later')
  },
  LIMIT_MS,
)

/** The key of the quick start, made as it says. */
async function makeKey({ page, go, shot }: Visit): Promise<void> {
  await go('/keys')
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByLabel('Name').fill('For the documentation')
  await page.getByLabel('Read messages').check()
  await page.getByLabel('Link, pace').check()
  await page.getByLabel('Manage webhooks').check()
  await shot('02-new-key')
  await page.getByRole('button', { name: 'Create key' }).click()
  const key = await page.locator('code').filter({ hasText: 'bw_' }).first().textContent()
  await page.getByText('may send, read, accounts, webhooks').waitFor()
  const ask = async (path: string, method = 'GET') => {
    const headers = { authorization: `Bearer ${key}` }
    return (await fetch(stage.product.url + path, { method, headers })).status
  }
  expect(await ask('/api/messages')).toBe(200)
  expect(await ask('/api/webhooks')).toBe(200)
  expect(await ask('/api/whatsapp/disconnect', 'POST')).toBe(409)
  expect(await ask('/api/messages/send', 'POST')).toBe(422)
  expect(await ask('/api/settings')).toBe(403)
}
