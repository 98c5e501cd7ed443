// The dashboard as it is served: whole, compressed without loss, and nothing in it that the content policy refuses.
import { beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { buildPages, type Pages } from '../../src/http/pages.ts'

let pages: Pages
let html: string
beforeAll(async () => {
  pages = await buildPages()
  html = new TextDecoder().decode(pages.get('/')!.body)
}, 30_000)

test('the page names its title, its charset and only files that are there', () => {
  expect(html).toContain('<title>BotWave – Smart WhatsApp Automation</title>')
  expect(html).toContain('<meta charset="utf-8">')
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!)
  expect(named.length).toBeGreaterThanOrEqual(3)
  expect(named.filter((path) => !pages.has(path))).toEqual([])
})

test('no script or style stands in the page itself', () => {
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/)
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/)
})

const transpiler = new Bun.Transpiler({ loader: 'js' })

test('scripts load only scripts that are there, and nothing from another host', () => {
  for (const [path, { body }] of pages) {
    if (!path.endsWith('.js')) continue
    const imports = transpiler.scanImports(new TextDecoder().decode(body)).map((found) => found.path)
    const missing = imports.filter((name) => !pages.has(name.replace(/^\.\//, '/assets/')))
    expect({ path, missing }).toEqual({ path, missing: [] })
  }
})

test('every style that the shapes of a screen need was made', () => {
  const css = new TextDecoder().decode([...pages].find(([path]) => path.endsWith('.css'))![1].body)
  for (const rule of ['.btn-primary', '.card', '.input', '.tone-bad', '.dialog', '.tab-bar', '--accent']) {
    expect(css).toContain(rule)
  }
})

test('the compressed forms hold the same, and only hashed names are kept for ever', () => {
  for (const [path, { body, gzip, brotli, immutable }] of pages) {
    if (gzip) expect(gunzipSync(gzip).equals(body)).toBe(true)
    if (brotli) expect(brotliDecompressSync(brotli).equals(body)).toBe(true)
    expect(immutable).toBe(/^\/assets\/.+-[\w]{6,}\.\w+$/.test(path))
  }
})

test('an executable serves what it carries, the same as from source', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'botwave-pages-'))
  const carried: Record<string, string> = {}
  for (const [path, { body }] of pages) {
    carried[path] = join(folder, Bun.hash(path).toString(36))
    await Bun.write(carried[path], body)
  }
  expect(await buildPages(carried)).toEqual(pages)
  await rm(folder, { recursive: true })
})

test('the first load stays small, and what draws charts is no part of it', () => {
  const wanted = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((match) => match[1]!)
  for (const path of wanted) {
    if (!path.endsWith('.js')) continue
    const imports = transpiler.scanImports(new TextDecoder().decode(pages.get(path)!.body))
    for (const { kind, path: name } of imports) {
      const imported = name.replace(/^\.\//, '/assets/')
      if (kind === 'import-statement' && !wanted.includes(imported)) wanted.push(imported)
    }
  }
  const sizeOf = (end: string) =>
    wanted
      .filter((path) => path.endsWith(end))
      .reduce((sum, path) => sum + pages.get(path)!.gzip!.byteLength, 0)
  expect(sizeOf('.js')).toBeLessThanOrEqual(70_000)
  expect(sizeOf('.css')).toBeLessThanOrEqual(15_000)
  const drawing = [...pages].filter(([, { body }]) => new TextDecoder().decode(body).includes('u-over'))
  const scripts = drawing.map(([path]) => path).filter((path) => path.endsWith('.js'))
  expect(scripts).toHaveLength(1)
  expect(wanted).not.toContain(scripts[0]!)
})
