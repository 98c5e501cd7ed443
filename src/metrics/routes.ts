// For Prometheus: `GET /metrics` under a token of its own, which opens nothing else.
import { timingSafeEqual } from 'node:crypto'
import { Elysia, t } from 'elysia'
import type { Registry } from 'prom-client'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { problem } from '../http/shape.ts'
import { hashSecret } from '../rules/secret-hash.ts'

export interface Metrics {
  registry: Registry
  /** Asks how things stand now; rejects never. */
  refresh(): Promise<void>
}

export interface MetricsRouteParts {
  guard: Guard
  /** METRICS_TOKEN; without one there are no metrics to be had. */
  metricsToken: string | null
  metrics: Metrics
}

export function metricsRoutes({ guard, metricsToken, metrics }: MetricsRouteParts) {
  const expected = metricsToken && hashSecret(metricsToken)
  return new Elysia({ name: 'metrics', normalize: false, detail: { tags: ['Health'] } }).use(guard).get(
    '/metrics',
    async ({ request, set }) => {
      if (!expected) throw new Problem('not_found', 'Set METRICS_TOKEN to have metrics here.')
      const given = /^bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '')?.[1]
      // Hashes are of one length, and are compared in one time.
      if (!given || !timingSafeEqual(hashSecret(given), expected)) throw new Problem('bad_metrics_token')
      await metrics.refresh()
      set.headers['content-type'] = metrics.registry.contentType
      return metrics.registry.metrics()
    },
    {
      who: 'anyone',
      response: { 200: t.String({ description: 'Prometheus text format.' }), 401: problem, 404: problem },
      detail: {
        summary: 'Metrics for Prometheus',
        description: 'With METRICS_TOKEN as bearer token; 404 where none is set.',
        security: [],
      },
    },
  )
}
