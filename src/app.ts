// Builds the parts, starts them in order, stops them in reverse.
import { join } from 'node:path'
import { sweepBrowsers } from '../workers/browser.ts'
import type { Browser } from '../workers/protocol.ts'
import { createAccountsOfPerson } from './accounts/of-person.ts'
import { proxyOf } from './accounts/proxy.ts'
import { Supervisor } from './accounts/supervisor.ts'
import { startAlertWatch } from './alerts/watch.ts'
import { type ApiParts, createApi } from './api.ts'
import { createDelays } from './auth/delays.ts'
import { prepareFirstAdmin } from './auth/first-admin.ts'
import { readJwtSecret } from './auth/jwt-secret.ts'
import { createLinks } from './auth/links.ts'
import { createPasswords } from './auth/passwords.ts'
import { createTokens } from './auth/tokens.ts'
import { requestVerification } from './auth/verification.ts'
import { startCanaryWatch } from './canary/watch.ts'
import type { Carried } from './carried.ts'
import { type Config, publicUrl } from './config.ts'
import type { Sql } from './database/connect.ts'
import { createAsPerson } from './database/tenancy.ts'
import { createHub } from './events/hub.ts'
import { createLive } from './events/live.ts'
import { startRetention } from './files/retention.ts'
import { createShelf } from './files/shelf.ts'
import { createFileSource } from './files/source.ts'
import { findFileHash, isKept } from './files/store.ts'
import { createCallers } from './http/callers.ts'
import { createClientAddress } from './http/client-address.ts'
import { createKeyRequests } from './http/key-requests.ts'
import { createLimiter } from './http/limit.ts'
import { pageRoutes } from './http/page-routes.ts'
import { buildPages, type Pages } from './http/pages.ts'
import { createSendLimiter } from './http/send-limit.ts'
import { createKeyUse } from './keys/use.ts'
import type { Log } from './log.ts'
import { createMailer } from './mail.ts'
import { startMessageClock } from './messages/clock.ts'
import { createFileFetcher } from './messages/fetch-files.ts'
import { Outbox } from './messages/outbox.ts'
import { queueMessages } from './messages/queue.ts'
import { createInbox } from './messages/receive.ts'
import { applyAck, reconcileAccount } from './messages/reconcile.ts'
import { createCounted } from './metrics/registry.ts'
import { createStanding } from './metrics/standing.ts'
import { createOutbound } from './outbound.ts'
import { createSettingsCache } from './settings/cache.ts'
import { adminExists } from './users/store.ts'
import { createVault } from './vault.ts'
import { version } from './version.ts'
import { startLanes } from './webhooks/lanes.ts'

export interface AppParts {
  config: Config
  log: Log
  /** Sees everybody's rows: for the outbox, the supervisor, sign-in and admins. */
  sql: Sql
  /** Sees nobody's rows until one person is named: for their requests. */
  personal: Sql
  /** False while the database is known to be away. */
  isDatabaseUp?: () => boolean
  browser: Browser
  carried: Carried | null
  /** The Worker's entry; only tests give another. */
  worker?: string | URL
  /** The dashboard's files, perhaps still being built. */
  pages?: Promise<Pages>
  /** In the place of the real ones: only what measures their cost gives any. */
  instead?: Partial<Pick<ApiParts, 'callers' | 'sendLimiter' | 'keyRequests'>>
}

export interface App {
  /** Where it listens, without a slash at the end. */
  url: string
  port: number
  /** The one-time link, or null when there is an admin. */
  setupLink: string | null
  /** Every address it answers, as the routes have it; `WS` is an upgrade. */
  routes: { method: string; path: string }[]
  /** One look at the canary, at a time of the caller's; the program itself looks every few seconds. */
  lookAtCanary(nowMs: number): Promise<void>
  /** Ends everything it started; what was accepted is in the database. */
  stop(): Promise<void>
}

/** The Worker from source, or by its plain name inside the executable. */
const WORKER = Bun.isStandaloneExecutable
  ? './workers/account.js'
  : new URL('../workers/account.ts', import.meta.url)

const KEYS_USED_MS = 5_000
const SET_UP_LOOK_MS = 1_000
const NUMBER_DEADLINE_MS = 20_000
const RECONCILE_AGAIN_MS = 5_000

/** How long each part may take to stop; 12.5 s in all, so that with the database it is over within 15. */
const STOP_MS = {
  requests: 1_500,
  clock: 750,
  handOvers: 3_500,
  browsers: 6_000,
  lastWords: 750,
  told: 3_000,
}

/** The port opens last: by then the database is migrated and every part is in place. */
export async function startApp(parts: AppParts): Promise<App> {
  const {
    config,
    log,
    sql,
    personal,
    isDatabaseUp = () => true,
    browser,
    carried,
    worker = WORKER,
    pages = buildPages(carried?.pages ?? null),
    instead = {},
  } = parts
  pages.catch((error) => log.error({ err: error }, 'the dashboard could not be built'))
  const https = config.publicUrl?.startsWith('https:') ?? false
  const passwords = createPasswords()
  const setupToken = await prepareFirstAdmin({ sql, passwords }, config)
  let setUp = setupToken === null

  const hub = createHub((error) => log.error({ err: error }, 'a listener failed'))
  const tokens = createTokens(readJwtSecret(config))
  const callers = createCallers({ sql, verifyToken: tokens.verify })
  const settings = createSettingsCache(sql)
  const { live, sockets } = createLive({
    sql,
    hub,
    isMaintenance: async () => (await settings.read()).maintenance_mode,
  })

  const asPerson = createAsPerson(personal)
  const shelf = createShelf({ dir: join(config.dataDir, 'files'), isKept: (sha256) => isKept(sql, sha256) })
  const maxFileBytes = config.maxFileMb * 1_048_576
  const outbound = createOutbound({ allow: config.outboundAllow })
  const vault = createVault(config.dataDir)
  const files = createFileSource({ asPerson, shelf, outbound, maxFileBytes })
  const inbox = createInbox({ sql, hub, log })
  // The outbox and the supervisor need each other while running; neither imports the other.
  const supervisor: Supervisor = new Supervisor({
    sql,
    hub,
    log,
    browser,
    dataDir: config.dataDir,
    webPage: config.whatsappWebPage,
    worker,
    proxyOf: (account) => proxyOf({ vault, outbound }, account),
    handlers: {
      ready: ({ id }) => {
        outbox.wake(id)
        fetcher.wake(id)
        // Twice: what a page sends again or hears after it was loaded comes before anybody listens, or a little later.
        inBackground('reconcile', reconcile(id))
        const again = setTimeout(() => inBackground('reconcile', reconcile(id)), RECONCILE_AGAIN_MS)
        again.unref()
      },
      ack: (account, ack) => {
        const onNewChatsRefused = () => supervisor.refuseNewChats(account.id)
        inBackground('ack', applyAck({ sql, hub, log, onNewChatsRefused }, account, ack))
      },
      incoming: (account, message) => inbox.receive(account, message),
      offer: ({ user_id, id }) => live.offer(user_id, id),
    },
  })
  const outbox: Outbox = new Outbox({
    sql,
    hub,
    log,
    accounts: supervisor,
    filePath: async (fileId) => {
      const sha256 = await findFileHash(sql, fileId)
      return sha256 && shelf.pathOf(sha256)
    },
    reconcile: (accountId) => reconcile(accountId),
  })
  const fetcher = createFileFetcher({
    sql,
    hub,
    log,
    isReady: (id) => supervisor.readyRun(id) !== null,
    ask: (id, ask, deadlineMs) => supervisor.ask(id, 'fetchFile', ask, deadlineMs),
    shelf,
    maxFileBytes,
  })
  const isInFlight = (accountId: string, messageId: string) => outbox.isInFlight(accountId, messageId)
  const wasHandedOver = (accountId: string, messageId: string) => outbox.wasHandedOver(accountId, messageId)
  const reconcile = (accountId: string) =>
    reconcileAccount({ sql, hub, log, accounts: supervisor, isInFlight, wasHandedOver }, accountId)
  const inBackground = (what: string, work: Promise<unknown>) => {
    work.catch((error) => log.warn({ err: error, what }, 'background work failed'))
  }
  hub.subscribe(({ type, account_id, data }) => {
    if (type === 'message.received' && data.has_file && account_id) fetcher.wake(account_id)
    if (type !== 'message.status' || data.status !== 'queued' || !account_id) return
    outbox.noteQueued(account_id, 'one more')
    outbox.wake(account_id)
  })

  const mailer = createMailer({ config, log })
  const links = createLinks(() => publicUrl(config, api.server?.port ?? config.port))
  const sendLimiter = createSendLimiter({ sql })
  const keyRequests = createKeyRequests()
  const keyUse = createKeyUse({ sql, takeAll: keyRequests.takeAll })
  const webhookLanes = startLanes({ sql, hub, log, vault, outbound, version })
  const addresses = createClientAddress(config.trustedProxies)
  const metrics = createCounted({ hub, version })
  const refresh = createStanding(metrics.registry, {
    sql,
    isDatabaseUp,
    browsers: () => supervisor.browsers(),
  })
  const api = createApi({
    metricsToken: config.metricsToken,
    metrics: { registry: metrics.registry, refresh },
    noteRequest: metrics.noteRequest,
    sql,
    asPerson,
    shelf,
    files,
    maxFileBytes,
    askAccount: (id, name, ask) => supervisor.ask(id, name, ask as never, NUMBER_DEADLINE_MS) as never,
    log,
    hub,
    tokens,
    passwords,
    delays: createDelays(),
    vault,
    outbound,
    webhookLanes,
    mailer,
    links,
    onRegistered: ({ email }) => {
      // Mail is never required: where there is none, nobody is bothered with it.
      if (mailer.leaves) inBackground('verification', requestVerification({ sql, mailer, links }, email))
    },
    callers,
    limiter: createLimiter(),
    sendLimiter,
    keyRequests,
    keyUse,
    settings: settings.read,
    onSettings: (changed) => {
      settings.set(changed)
      inBackground('sockets', live.closeEnded())
    },
    accountsOf: createAccountsOfPerson(sql, supervisor),
    closeSockets: (userId) => live.closeOf(userId),
    onRemoved: () => inBackground('files of nobody', shelf.sweep()),
    overseer: supervisor,
    linker: supervisor,
    waiting: outbox,
    askNumber: async (id, number) =>
      (await supervisor.ask(id, 'number', { number }, NUMBER_DEADLINE_MS)).chatId,
    isReady: (id) => supervisor.readyRun(id) !== null,
    sockets,
    addressOf: (request) =>
      addresses(api.server?.requestIP(request)?.address ?? null, request.headers.get('x-forwarded-for')),
    isSetUp: () => setUp,
    isDatabaseUp,
    onSetUp: () => {
      setUp = true
    },
    https,
    url: () => publicUrl(config, api.server?.port ?? config.port),
    defaultCountry: config.defaultCountry,
    version,
    ...instead,
  })
  const swept = await sweepBrowsers(config.dataDir)
  if (swept > 0) log.info({ processes: swept }, 'ended browsers that an earlier run left')
  await supervisor.boot()
  const stopClock = startMessageClock({
    sql,
    hub,
    log,
    wake: (id) => outbox.wake(id),
    noteQueued: (id, count) => outbox.noteQueued(id, count),
    readyAccounts: () => supervisor.readyAccounts(),
    reconcile,
  })
  // The first admin can also come by the command line, beside this server.
  const setUpElsewhere = setInterval(() => {
    if (setUp) return clearInterval(setUpElsewhere)
    const look = adminExists(sql).then((there) => {
      setUp ||= there
    })
    inBackground('set up', look)
  }, SET_UP_LOOK_MS)
  const keysUsed = setInterval(() => inBackground('keys used', keyUse.write()), KEYS_USED_MS)

  const stopRetention = startRetention({ sql, log, shelf, keepDays: config.filesKeepDays })

  const server = api.use(pageRoutes(pages))
  server.listen({
    hostname: config.host,
    port: config.port,
    // Sizes are judged in `http/server.ts`, with an answer that says why; Bun itself would answer without a body.
    maxRequestBodySize: maxFileBytes + 64 * 1_048_576,
    idleTimeout: 30,
  })
  const port = server.server?.port ?? config.port
  const url = publicUrl(config, port)
  const stopAlerts = startAlertWatch({ sql, hub, log, mailer, url: () => url })
  const canary = startCanaryWatch({
    sql,
    hub,
    log,
    mailer,
    url: () => url,
    readyPage: (id) => supervisor.readyPage(id),
    async queue(tx, message) {
      const asked = {
        ...message,
        source: 'canary',
        priority: 0,
        sendAt: null,
        resendOf: null,
        once: null,
      } as const
      const [queued] = await queueMessages(tx, message.userId, [asked])
      return queued?.event ?? null
    },
    wake: (id) => outbox.wakeCanary(id),
  })

  return {
    url,
    port,
    setupLink: setupToken && `${url}/setup#${setupToken}`,
    routes: server.routes.map(({ method, path }) => ({ method, path })),
    lookAtCanary: canary.look,
    async stop() {
      live.stop()
      metrics.stop()
      clearInterval(setUpElsewhere)
      clearInterval(keysUsed)
      // What is not told by then waits in the table for the next start.
      const told = Promise.all([webhookLanes.stop(STOP_MS.told), stopAlerts(), canary.stop()])
      // Answers that are almost there go out; who waits for a message's fate is cut off and may ask again.
      const listening = server.server
      await atMost(STOP_MS.requests, server.stop(false))
      await listening?.stop(true)
      const counted = Promise.allSettled([sendLimiter.stop(), keyUse.write()])
      await atMost(STOP_MS.clock, Promise.all([stopClock(), stopRetention(), counted]))
      const drained = outbox.stop()
      await atMost(STOP_MS.handOvers, drained)
      await atMost(STOP_MS.browsers, supervisor.stop())
      // A hand-over that hung was cut off with its browser: what is known of it is written down.
      await atMost(
        STOP_MS.lastWords,
        Promise.all([drained, told, fetcher.stop(), inbox.stop(STOP_MS.lastWords)]),
      )
    },
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, Bun.sleep(ms)])
}
