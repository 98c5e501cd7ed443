// Answers the addresses and files of dashboard and documentation, compressed where the browser takes it.
import { Elysia } from 'elysia'
import { docsRoot, pagePaths } from '../../web/paths.ts'
import type { Page, Pages } from './pages.ts'
import { Problem } from './problem.ts'

/** `pages` may still be under way: the port opens meanwhile. */
export function pageRoutes(pages: Promise<Pages>) {
  const routes = new Elysia({ name: 'pages', detail: { hide: true } })
  for (const path of pagePaths) {
    routes.get(path, async ({ request }) => answer(request, (await pages).get('/')))
  }
  return (
    routes
      .get('/assets/*', async ({ request }) =>
        answer(request, (await pages).get(new URL(request.url).pathname)),
      )
      .get(docsRoot, async ({ request }) => answer(request, (await pages).get(docsRoot)))
      .get(`${docsRoot}/:page`, async ({ request, params }) =>
        answer(request, (await pages).get(`${docsRoot}/${params.page}`)),
      )
      .get('/favicon.ico', async ({ request }) => answer(request, (await pages).get('/favicon.svg')))
      // Named as the first part of the Cloud API's paths: Elysia takes one name at one place.
      .get('/:version', async ({ request }) =>
        answer(request, (await pages).get(new URL(request.url).pathname)),
      )
  )
}

function answer(request: Request, page: Page | undefined): Response {
  if (!page) throw new Problem('not_found')
  const accepts = request.headers.get('accept-encoding') ?? ''
  const [body, encoding] =
    page.brotli && /\bbr\b/.test(accepts)
      ? [page.brotli, 'br']
      : page.gzip && /\bgzip\b/.test(accepts)
        ? [page.gzip, 'gzip']
        : [page.body, null]
  return new Response(body, {
    headers: {
      'content-type': page.type,
      'cache-control': page.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
      ...(encoding ? { 'content-encoding': encoding } : {}),
    },
  })
}
