// A whole BotWave with its WhatsApp, and browsers to look at it: for journeys through the dashboard.
import { expect } from 'bun:test'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import postgres, { type Sql } from 'postgres'
import { embeddedFolder, superuser } from '../../src/database/embedded.ts'
import { findBrowser } from '../../workers/browser.ts'
import { fromSource, makeFolder, type Product, startProduct } from '../support/product.ts'
import { startWhatsApp, type WhatsApp } from '../whatsapp/server.ts'

/** Kept for people to look at; ignored by git. */
const SHOTS = join(import.meta.dir, '../../dist/screenshots')

export const PASSWORD = 'seven quiet herons fly'
export const desktop = { viewport: { width: 1440, height: 900 } }
export const phoneSized = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}

export interface Stage extends AsyncDisposable {
  product: Product
  /** Everything that the product keeps: for what takes days to come about. */
  sql: Sql
  whatsapp: WhatsApp['whatsapp']
  visit(name: string, options?: BrowserContextOptions): Promise<Visit>
}

/** One person's browser window. When it closes, a picture of what it showed last is kept: look there after a failure. */
export interface Visit extends AsyncDisposable {
  page: Page
  /** Goes to a path of the dashboard and waits for its heading. */
  go(path: string): Promise<void>
  /** Checks what must hold on every screen, and keeps a picture of it. `title`: of a page that is none of the dashboard's. */
  shot(name: string, title?: string): Promise<void>
  /** What the browser complained about: script errors, refused resources, broken policies. */
  complaints: string[]
}

/** A browser of an account starts slowly on a busy machine. */
const WAIT_MS = 60_000

/** Any other name than localhost: to a browser, plain http under it is not a secure context. */
export const PLAIN_HOST = 'botwave.test'

/** `name`: of the file in which the product's log is kept, beside the pictures. */
export async function openStage(name: string): Promise<Stage> {
  const whatsapp = await startWhatsApp()
  const { folder, remove } = makeFolder()
  const env = {
    LOG_LEVEL: 'debug',
    CHROME_FLAGS: whatsapp.chromeFlags,
    ...(process.env.CHROME_PATH ? { CHROME_PATH: process.env.CHROME_PATH } : {}),
  }
  const product = await startProduct({ command: fromSource, folder, env })
  const sql = openDatabase(folder)
  const browser = await openBrowser()
  return {
    product,
    sql,
    whatsapp: whatsapp.whatsapp,
    async visit(name, options = desktop) {
      const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options })
      context.setDefaultTimeout(WAIT_MS)
      return openVisit(await context.newPage(), product.url, name)
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await sql.end({ timeout: 5 })
      await product.stop()
      await Bun.write(join(SHOTS, `${name}.log`), product.output())
      await whatsapp.stop()
      await remove()
    },
  }
}

function openDatabase(folder: string): Sql {
  return postgres({
    path: join(embeddedFolder(join(folder, 'data')), '.s.PGSQL.5432'),
    username: superuser,
    database: 'botwave',
    max: 1,
  })
}

async function openBrowser() {
  const found = await findBrowser({
    chromePath: process.env.CHROME_PATH ?? null,
    dataDir: join(tmpdir(), 'botwave-test-browser'),
  })
  if ('problem' in found) throw new Error(found.problem)
  const { executable, flags, env } = found
  return chromium.launch({
    executablePath: executable,
    args: [...flags, `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`],
    env: { ...process.env, ...env } as Record<string, string>,
  })
}

function openVisit(page: Page, url: string, name: string): Visit {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A call that is refused on purpose is logged by the browser too.
    const refused = /the server responded with a status of 4\d\d/.test(message.text())
    if (message.type() === 'error' && !refused) complaints.push(message.text())
  })
  return {
    page,
    complaints,
    async go(path) {
      await page.goto(url + path)
      await page.locator('h1').first().waitFor()
    },
    async shot(shotName, title = 'BotWave – Smart WhatsApp Automation') {
      await page.evaluate(() => document.fonts.ready)
      expect(await page.title()).toBe(title)
      expect(await sideways(page)).toBe(0)
      expect(await barriers(page)).toEqual([])
      await page.screenshot({ path: join(SHOTS, name, `${shotName}.png`) })
    },
    async [Symbol.asyncDispose]() {
      await page.screenshot({ path: join(SHOTS, name, 'last.png') }).catch(() => {})
      await page.context().close()
    },
  }
}

/** How many pixels a person would have to scroll sideways. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth))
}

/** What keeps people out who read with their ears, with little contrast or by keyboard: WCAG 2.2 AA as axe knows it. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  )
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))
}

/** Opens the printed link and becomes the admin. */
export async function setUp(visit: Visit, product: Product, email = 'priya@example.com') {
  await visit.go(`/setup#${product.setupToken}`)
  await visit.shot('01-setup')
  await visit.page.getByLabel('Email address').fill(email)
  await visit.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await visit.page.getByRole('button', { name: 'Create the admin' }).click()
  await visit.page.getByRole('heading', { name: 'Home' }).waitFor()
}

/** Adds an account and links it with this phone by its QR code. */
export async function linkAccount({ page, shot }: Visit, stage: Stage, name: string, phoneNumber: string) {
  await page.getByRole('button', { name: 'Add account' }).click()
  await page.getByLabel('Name').fill(name)
  await shot('03-add')
  await page.getByRole('button', { name: 'Add and link' }).click()
  const qr = await page.locator('[data-qr]').getAttribute('data-qr')
  await shot('04-qr')
  await stage.whatsapp.phone(phoneNumber).scan(qr!)
  await page.locator('main [data-state=ready]').waitFor()
}
