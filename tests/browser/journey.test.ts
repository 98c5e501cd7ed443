// The way every new person goes: from the setup link to a message that was read, on a desktop and on a phone.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { desktop, linkAccount, openStage, PASSWORD, phoneSized, type Stage, setUp } from './stage.ts'

const LIMIT_MS = 240_000

describe.each([
  ['desktop', desktop, '491600000011'],
  ['phone', phoneSized, '491600000012'],
] as const)('on a %s', (name, options, own) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage('journey')
  }, LIMIT_MS)
  afterAll(() => stage?.[Symbol.asyncDispose](), LIMIT_MS)

  test(
    'from the setup link to "read", with an answer, an API key and a new sign-in',
    async () => {
      await using visit = await stage.visit(name, options)
      const { page, go, shot, complaints } = visit
      const phone = stage.whatsapp.phone(own)
      const nav = page.getByRole('navigation', { name: 'Main' }).filter({ visible: true })

      await setUp(visit, stage.product)
      expect(page.url()).toBe(`${stage.product.url}/`)
      await page.getByText('0 of 3 done').waitFor()
      await shot('02-home-first')

      await page.getByRole('link', { name: 'Add an account' }).click()
      await page.getByRole('button', { name: 'Close' }).click()
      await linkAccount(visit, stage, 'Shop', own)
      await shot('05-linked')

      await page.getByRole('link', { name: 'New message' }).click()
      await page.getByLabel('To', { exact: true }).fill('+49 1511 1111111')
      await page.getByLabel('Message').fill('Hello Asha, your parcel is on its way. 📦')
      await page.getByText('Reads as +49 1511 1111111').waitFor()
      await shot('06-compose')
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      const entry = await stage.whatsapp.waitForWire({ to: '4915111111111' })
      expect(entry.text).toBe('Hello Asha, your parcel is on its way. 📦')
      await page.locator('[data-bubble=delivered]').waitFor()
      await phone.ack(entry.id, 3)
      await page.locator('[data-bubble=read]').waitFor()
      await shot('07-read')

      await nav.getByRole('link', { name: 'Messages' }).click()
      await page.locator('[data-status=read]').waitFor()
      await phone.deliver({ from: '4915111111111', text: 'Thank you!' })
      await page.getByText('Thank you!').waitFor()
      await shot('08-messages')
      await page.getByLabel('Status').selectOption('read')
      await page.waitForURL('**/messages?status=read')
      await page.getByText('Thank you!').waitFor({ state: 'detached' })
      await page.getByText('Hello Asha').click()
      await page.getByRole('dialog').getByText('Timeline').waitFor()
      const steps = await page.locator('.timeline > li > span').allTextContents()
      // The phone's receipt may overtake the server's; what came late is no step any more.
      expect(steps.filter((step) => step !== 'Sent')).toEqual(['Waiting', 'Sending', 'Delivered', 'Read'])
      await shot('09-timeline')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      // The address follows the closed drawer a moment later.
      await page.waitForURL(`${stage.product.url}/messages?status=read`)

      await nav.getByRole('link', { name: 'API keys' }).click()
      await page.getByRole('button', { name: 'New key' }).click()
      await page.getByLabel('Name').fill('Webshop')
      await page.getByRole('button', { name: 'Create key' }).click()
      await page.getByRole('button', { name: 'Web address' }).click()
      const address = (await page.locator('.code-block').textContent()) ?? ''
      await shot('10-key')
      // What is shown to copy works as it stands, and reaches one's own number.
      const answer = await fetch(address)
      expect(answer.status).toBe(202)
      const { id } = (await answer.json()) as { id: string }
      expect(await stage.whatsapp.waitForWire({ to: own })).toMatchObject({ text: 'Hello from BotWave' })
      await go(`/messages/${id}`)
      await page.getByRole('dialog').getByText('API', { exact: true }).waitFor()
      expect(await page.content()).not.toContain(address.match(/bw_\w+/)![0])

      await go('/')
      await page.getByText('Your account is connected.').waitFor()
      await page.locator('[data-live=Live]:visible').waitFor()
      await shot('11-home')
      await go('/settings')
      await shot('12-settings')

      if (options === phoneSized) await page.getByLabel('Your menu').click()
      await page.getByRole('button', { name: 'Sign out' }).filter({ visible: true }).click()
      await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
      await go('/messages?status=read')
      await page.getByLabel('Email address').fill('priya@example.com')
      await page.getByLabel('Password', { exact: true }).fill('not her password')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').waitFor()
      await shot('13-sign-in')
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Messages' }).waitFor()
      // The address follows the closed drawer a moment later.
      await page.waitForURL(`${stage.product.url}/messages?status=read`)
      expect(complaints).toEqual([])
    },
    LIMIT_MS,
  )
})
