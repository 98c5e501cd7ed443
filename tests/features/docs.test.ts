// The documentation as it is served: pages that a strict policy lets through, links that lead somewhere, every code.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { buildPages, type Pages } from '../../src/http/pages.ts'
import { PROBLEMS } from '../../src/http/problem.ts'
import { EVENT_TYPES } from '../../src/rules/event-types.ts'
import { docsPages, docsPath } from '../../web/docs/pages.ts'
import { pagePaths } from '../../web/paths.ts'
import { startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
let pages: Pages
beforeAll(async () => {
  pages = await buildPages()
  t = await startTestApp({ pages })
}, 30_000)
afterAll(() => t.stop())

const textOf = (path: string) => new TextDecoder().decode(pages.get(path)?.body)

test.each(docsPages.map(docsPath))('%s is served to anybody, under the strict policy', async (path) => {
  const answer = await fetch(t.url + path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-cache')
  const policy = answer.headers.get('content-security-policy')
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'"])
    expect(policy).toContain(rule)
  const html = await answer.text()
  expect(html).toStartWith('<!doctype html>')
  expect(html.match(/<h1[ >]/g)).toHaveLength(1)
  expect(html).toMatch(/<title>\S.* · BotWave – Smart WhatsApp Automation<\/title>/)
  // Nothing that the policy refuses, nothing from another host, and no placeholder left.
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|<!-- /)
  const loaded = [...html.matchAll(/<(?:script|img|link)\s[^>]*(?:src|href)="([^"]+)"/g)].map(
    ([, path]) => path!,
  )
  expect(loaded.length).toBeGreaterThanOrEqual(4)
  expect(loaded.filter((path) => !pages.has(path))).toEqual([])
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
  expect(ids.length).toBe(new Set(ids).size)
})

test('a slash at the end leads to the same page, and a page that is not there is a 404', async () => {
  expect((await fetch(`${t.url}/docs/`)).status).toBe(200)
  expect((await fetch(`${t.url}/docs/sending/`)).status).toBe(200)
  expect((await t.stranger.call('GET', '/docs/nothing')).body).toMatchObject({
    status: 404,
    code: 'not_found',
  })
})

test('every link leads to a page, and to a place on it', () => {
  const broken: string[] = []
  let count = 0
  for (const from of docsPages.map(docsPath)) {
    for (const [, link = ''] of textOf(from).matchAll(/<a\s[^>]*href="([^"]+)"/g)) {
      if (link.startsWith('https://')) continue
      count++
      const [path = '', anchor] = link.split('#')
      const to = path || from
      const there = pages.has(to) || pagePaths.includes(to) || to === '/api/openapi.json'
      if (!there || (anchor && pages.has(to) && !textOf(to).includes(` id="${anchor}"`)))
        broken.push(`${from}: ${link}`)
    }
  }
  expect(count).toBeGreaterThan(docsPages.length ** 2)
  expect(broken).toEqual([])
})

test('every page is in the navigation of every page, and says which one it is', () => {
  for (const from of docsPages.map(docsPath)) {
    const html = textOf(from)
    for (const to of docsPages.map(docsPath)) expect(html).toContain(`<a href="${to}" class="nav-item"`)
    expect(html).toContain(`<a href="${from}" class="nav-item" aria-current="page"`)
  }
})

test('every code that an answer can carry is listed, with its status', () => {
  const rows = [...textOf('/docs/errors').matchAll(/<tr id="(\w+)"><td>(\d+)<\/td>/g)]
  const listed = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))
  expect(listed).toEqual(
    Object.fromEntries(Object.entries(PROBLEMS).map(([code, [status]]) => [code, status])),
  )
})

test('every type of event is explained', () => {
  const html = textOf('/docs/events')
  expect(EVENT_TYPES.filter((type) => !html.includes(`<td><code>${type}</code></td>`))).toEqual([])
})

test('the documentation costs the dashboard nothing', () => {
  const ours = [...pages.keys()].filter((path) => path.startsWith('/assets/guide-'))
  expect(ours.map((path) => path.split('.').pop()).toSorted()).toEqual(['css', 'js'])
  for (const [path, { body }] of pages) {
    if (path.startsWith('/docs') || !/^\/$|\.js$|\.css$/.test(path)) continue
    expect({ path, named: ours.filter((file) => new TextDecoder().decode(body).includes(file)) }).toEqual({
      path,
      named: [],
    })
  }
})
