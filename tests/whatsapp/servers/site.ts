// web.whatsapp.com: the HTML, the script, and the page's WebSocket, over TLS on loopback.
import { randomUUID } from 'node:crypto'
import type { Certificate } from '../certificate.ts'
import type { FromPage, PageStart } from '../frames.ts'
import { hear } from './hearing.ts'
import type { Memory } from './memory.ts'
import { type LineData, Page } from './page.ts'

const HTML = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>WhatsApp Web</title>
<script src="/start.js"></script><script type="module" src="/app.js"></script></head>
<body><div id="app"></div></body>
</html>`

// As strict as the real page's in what it keeps out; whoever injects script into the page has to get past it.
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self' wss://web.whatsapp.com"

/** Port 0 picks a free one. */
export async function openSite(memory: Memory, certificate: Certificate, port: number) {
  const script = await bundlePage()
  const hanging = new Set<(response: Response) => void>()

  const server = Bun.serve<LineData>({
    hostname: '127.0.0.1',
    port,
    tls: { cert: certificate.certPem, key: certificate.keyPem },
    idleTimeout: 255,
    fetch(request, server) {
      const url = new URL(request.url)
      if (url.pathname === '/ws/chat') return openLine(request, url, server)
      if (url.pathname === '/app.js') return respond(script, 'text/javascript')
      if (url.pathname === '/start.js') return respond(startOf(memory, request), 'text/javascript')
      if (url.pathname.startsWith('/m/')) return carryMedium(request, url.pathname.slice(3))
      if (url.pathname !== '/') return new Response('not found', { status: 404 })
      if (memory.settings.site === 'fails') return new Response('unavailable', { status: 503 })
      // Answered when the servers stop; until then it is the site's silence that is wanted.
      if (memory.settings.site === 'hangs') return new Promise((resolve) => hanging.add(resolve))
      return respond(HTML, 'text/html')
    },
    websocket: {
      idleTimeout: 960,
      open(line) {
        const page = memory.pages.get(line.data.load) ?? new Page(line.data.load)
        memory.pages.set(page.load, page)
        page.line?.close()
        page.line = line
        page.lines++
        page.peerPort = line.data.peerPort
        if (page.deaf === 'line') page.deaf = 'no'
        memory.changed()
      },
      message(line, text) {
        const page = memory.pages.get(line.data.load)
        if (page?.line !== line) return
        hear(memory, page, line, JSON.parse(String(text)) as FromPage).catch((error: Error) => {
          // A page that went away while it was told something is no trouble of ours.
          if (page.isOpen && page.line === line && page.deaf === 'no') memory.troubles.push(String(error))
        })
      },
      close(line) {
        const page = memory.pages.get(line.data.load)
        if (page?.line !== line) return
        page.lost()
        memory.changed()
      },
    },
  })

  /** PUT and GET under the direct path; a real page talks to hosts of their own for this. */
  async function carryMedium(request: Request, name: string): Promise<Response> {
    if (memory.settings.media === 'fails') return new Response('unavailable', { status: 503 })
    if (memory.settings.media === 'hangs') return new Promise((resolve) => hanging.add(resolve))
    if (!/^[\w=-]+$/.test(name)) return new Response('no such name', { status: 400 })
    if (request.method === 'PUT') {
      const type = request.headers.get('content-type') ?? 'application/octet-stream'
      await memory.media.put(name, { bytes: await request.bytes(), type })
      return new Response(null, { status: 204 })
    }
    const medium = await memory.media.get(name)
    if (!medium) return new Response('gone', { status: 404 })
    return new Response(medium.bytes, { headers: { 'content-type': medium.type } })
  }

  function openLine(request: Request, url: URL, server: Bun.Server<LineData>): Response | undefined {
    const device = url.searchParams.get('device')
    const owner = memory.ownerOf(device)
    if (owner?.phone.settings.line === 'down') return new Response('down', { status: 503 })
    const data: LineData = {
      load: url.searchParams.get('load') ?? randomUUID(),
      device,
      token: url.searchParams.get('token'),
      peerPort: server.requestIP(request)?.port ?? 0,
    }
    return server.upgrade(request, { data }) ? undefined : new Response('not a socket', { status: 426 })
  }

  return {
    port: server.port!,
    async stop() {
      for (const page of memory.pages.values()) {
        page.lost()
      }
      for (const resolve of hanging) resolve(new Response('stopped', { status: 503 }))
      await server.stop(true)
    },
  }
}

function startOf(memory: Memory, request: Request): string {
  const device = /(?:^|;\s*)device=([0-9a-f]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? null
  const start: PageStart = {
    build: memory.settings.build,
    hideUntilSynced: memory.ownerOf(device)?.phone.settings.sync === 'early',
  }
  return `globalThis.standInStart = ${JSON.stringify(start)}`
}

async function bundlePage(): Promise<string> {
  const built = await Bun.build({
    entrypoints: [new URL('../page/main.ts', import.meta.url).pathname],
    target: 'browser',
    format: 'esm',
  })
  return built.outputs[0]!.text()
}

function respond(body: string, type: string): Response {
  return new Response(body, {
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': CSP,
      'cache-control': 'no-store',
    },
  })
}
