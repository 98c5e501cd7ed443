// What real calls into a real page fail with when it goes away under them: all of it is "perhaps", none of it a verdict.

import { expect, test } from 'bun:test'
import { PageCalls } from '../../workers/call.ts'
import { detailOf, isPageLost } from '../../workers/deadline.ts'
import { type OpenedWhatsApp, openWhatsApp } from '../../workers/whatsapp.ts'
import { openDesk } from '../support/worker.ts'
import { startWhatsApp } from './server.ts'

const LIMIT_MS = 60_000

/** A call that is under way for ever. */
const hang = ({ page }: OpenedWhatsApp) => page.evaluate(() => new Promise(() => {}))

test(
  'a frame that is detached, a page that starts anew and a tab that closes under a call',
  async () => {
    await using undo = new AsyncDisposableStack()
    const server = undo.use(await startWhatsApp())
    const { options } = undo.use(await openDesk(server.chromeFlags)).open('frames')
    const nothing = () => {}
    const { promise: shown, resolve: onQr } = Promise.withResolvers<string>()
    const opened = await openWhatsApp(options, {
      onQr,
      onProgress: nothing,
      onTold: nothing,
      onBrowserGone: nothing,
      onPageGone: nothing,
      onUnreachable: nothing,
    })
    undo.defer(() => opened.close())
    opened.entered.catch(nothing)
    await shown
    const calls = new PageCalls(opened.page)
    expect(await calls.probe()).toBeDefined()

    // A frame that is taken out of the page; the page's own becomes one when its tab is replaced.
    await opened.page.evaluate(() => void document.body.append(document.createElement('iframe')))
    const frame = opened.page.frames().find((one) => one.parentFrame())!
    const underRemoval = frame.evaluate(() => new Promise(() => {})).catch((error) => error)
    await opened.page.evaluate(() => document.querySelector('iframe')?.remove())
    const removed = await underRemoval
    const detached = await (async () => frame.evaluate('1'))().catch((error) => error)

    const underReload = hang(opened).catch((error) => error)
    await opened.page.reload()
    const reloaded = await underReload
    const underClose = hang(opened).catch((error) => error)
    await opened.page.close()
    const closed = await underClose
    const after = await calls.probe().catch((error) => error)

    const errors = [removed, detached, reloaded, closed, after]
    expect(errors.map((error) => [detailOf(error), isPageLost(error)])).toEqual(
      errors.map((error) => [detailOf(error), true]),
    )
    expect(detailOf(detached)).toMatch(/detached frame/i)
    expect(detailOf(reloaded)).toMatch(/context was destroyed/i)
    expect(detailOf(closed)).toMatch(/target closed/i)
  },
  LIMIT_MS,
)
