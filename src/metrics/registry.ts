// What this process counts and measures, for Prometheus: requests as they are answered, events as they are committed.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Hub } from '../events/hub.ts'

/** One answered request. `route`: as it is registered, never with an id or a number in it. */
export interface AnsweredRequest {
  method: string
  route: string
  status: number
  ms: number
}

export interface Counted {
  registry: Registry
  noteRequest(request: AnsweredRequest): void
  stop(): void
}

export interface CountedParts {
  hub: Hub
  version: string
}

const REQUEST_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const NS = 1e-9

/** prom-client's own set is not used: under Bun half of it is always 0. */
export function createCounted({ hub, version }: CountedParts): Counted {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Histogram({
    name: 'botwave_http_request_duration_seconds',
    help: 'How long answers took, by route as it is documented.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS_S,
    registers,
  })
  const statuses = new Counter({
    name: 'botwave_message_statuses_total',
    help: 'Messages that came into a status (queued, sending, sent, delivered, read, failed …) since the start.',
    labelNames: ['status'],
    registers,
  })
  const received = new Counter({
    name: 'botwave_messages_received_total',
    help: 'Messages that came in since the start.',
    registers,
  })
  const states = new Counter({
    name: 'botwave_account_states_total',
    help: 'Accounts that came into a state since the start: many of reconnecting say that a link is bad.',
    labelNames: ['state'],
    registers,
  })
  new Gauge({ name: 'botwave_build_info', help: 'Always 1.', labelNames: ['version'], registers })
    .labels(version)
    .set(1)
  const stopProcess = measureProcess(registers)

  const unsubscribe = hub.subscribe(({ type, data }) => {
    if (type === 'message.status') statuses.inc({ status: String(data.status) })
    else if (type === 'message.received') received.inc()
    else if (type === 'account.state' && data.state !== data.from) states.inc({ state: String(data.state) })
  })
  return {
    registry,
    noteRequest: ({ method, route, status, ms }) =>
      requests.observe({ method, route, status: String(status) }, ms / 1_000),
    stop() {
      unsubscribe()
      stopProcess()
    },
  }
}

/** Under the names that Prometheus recommends for every process. */
function measureProcess(registers: Registry[]): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in Unix time.',
    registers,
  }).set(performance.timeOrigin / 1_000)
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the main process; browsers and the embedded database are apart.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU of the main process.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'botwave_event_loop_delay_seconds',
    help: 'How late the main thread got its turns since the last scrape.',
    labelNames: ['quantile'],
    registers,
    collect() {
      this.set({ quantile: '0.5' }, delay.percentile(50) * NS)
      this.set({ quantile: '0.99' }, delay.percentile(99) * NS)
      delay.reset()
    },
  })
  return () => delay.disable()
}
