// What is killed, and at which point of a message's way: every strike waits for a sign that the point is reached.
import { connect } from '../../src/database/connect.ts'
import type { Chance } from './chance.ts'
import { closeGate, type Gate } from './gates.ts'
import type { Account, Stage } from './stage.ts'

export interface Strike {
  name: string
  /** The product's own process is what ends. */
  endsServer?: true
  /** Before the load begins. Returns what strikes, once the point is reached. */
  arm(scene: Scene): Promise<() => Promise<void>>
}

export interface Scene {
  stage: Stage
  victim: Account
  chance: Chance
  /** A text that is sent to `victim` once the strike is armed, and the number it goes to. */
  marked: { text: string; to: string }
}

export const STRIKES: Strike[] = [
  server('at any moment', anyMoment),
  server('before a message is accepted', atGate('accept')),
  server('before the intent is committed', atGate('intent')),
  server('between the intent and the page', beforeThePage),
  server('in the page call, the message on the wire', inThePageCall),
  server('as a message reaches the wire', onTheWire),
  server('between the answer and its settling', atGate('settle')),
  browser('at any moment', anyMoment),
  browser('between the intent and the page', beforeThePage),
  browser('in the page call, the message on the wire', inThePageCall),
  { name: 'page when only the wire has the message', arm: (scene) => dieInSend(scene, 'wire') },
  { name: 'page when only its storage has the message', arm: (scene) => dieInSend(scene, 'storage') },
  worker('at any moment', anyMoment),
  worker('in the page call, the message on the wire', inThePageCall),
  worker('between the answer and its settling', atGate('settle')),
  database('at any moment', anyMoment),
  database('before a message is accepted', atGate('accept')),
  database('between the answer and its settling', atGate('settle')),
  { name: 'database connection at any moment', arm: (scene) => strikeAt(scene, anyMoment, killBackend) },
  {
    name: 'database frozen before the intent is committed',
    arm: (scene) => strikeAt(scene, atGate('intent'), freezeLong),
  },
  { name: 'database frozen for a while', arm: (scene) => strikeAt(scene, anyMoment, freezeDatabase) },
]

/** Prepares a point; what it returns resolves there, with what to do when the blow has fallen. */
type Point = (scene: Scene) => Promise<() => Promise<(() => Promise<void>) | undefined>>
type Blow = (scene: Scene) => Promise<void>

function server(where: string, point: Point): Strike {
  return { name: `server ${where}`, endsServer: true, arm: (scene) => strikeAt(scene, point, killServer) }
}

function browser(where: string, point: Point): Strike {
  const kill = ({ victim }: Scene) => victim.phone.killBrowser()
  return { name: `browser ${where}`, arm: (scene) => strikeAt(scene, point, kill) }
}

function worker(where: string, point: Point): Strike {
  const terminate = async ({ stage, victim }: Scene) => stage.terminateWorker(victim)
  return { name: `worker ${where}`, arm: (scene) => strikeAt(scene, point, terminate) }
}

function database(where: string, point: Point): Strike {
  return { name: `database ${where}`, arm: (scene) => strikeAt(scene, point, killDatabase) }
}

async function strikeAt(scene: Scene, point: Point, blow: Blow): Promise<() => Promise<void>> {
  const reached = await point(scene)
  return async () => {
    const afterwards = await reached()
    await blow(scene)
    await afterwards?.()
  }
}

async function anyMoment({ chance }: Scene) {
  const ms = chance.whole(0, 400)
  return async () => {
    await Bun.sleep(ms)
    return undefined
  }
}

function atGate(name: Gate): Point {
  return async ({ stage }) => {
    const gate = await closeGate(stage.login, name)
    return async () => {
      await gate.reached()
      return gate.open
    }
  }
}

/** The intent is committed and the page cannot be called: its browser stands still. */
async function beforeThePage({ stage, victim, marked }: Scene) {
  await victim.phone.freezeBrowser()
  return async () => {
    while (!(await isSending(stage, marked.text))) await Bun.sleep(2)
    // A browser that was killed has nothing to go on with.
    return () => victim.phone.thawBrowser().catch(() => {})
  }
}

async function isSending(stage: Stage, text: string): Promise<boolean> {
  const [row] =
    await stage.sql`select 1 from message_logs where message_body = ${text} and status = 'sending'`
  return row !== undefined
}

/** The message is out, and the call that gave it to the page never returns. */
async function inThePageCall({ stage, victim }: Scene) {
  await victim.phone.failNextSend({ when: 'after', how: 'hang' })
  const known = new Set((await stage.whatsapp.wire({ from: victim.number })).map(({ id }) => id))
  return async () => {
    while ((await stage.whatsapp.wire({ from: victim.number })).every(({ id }) => known.has(id)))
      await Bun.sleep(5)
    return undefined
  }
}

async function onTheWire({ stage, marked }: Scene) {
  return async () => {
    await stage.whatsapp.waitForWire({ text: marked.text })
    return undefined
  }
}

/** WhatsApp itself ends the page then; there is nothing left to strike. */
async function dieInSend({ stage, victim, marked }: Scene, reached: 'wire' | 'storage') {
  const load = (await stage.whatsapp.waitForPage({ number: victim.number, synced: true })).load
  await victim.phone.dieInNextSend({ reached, text: marked.text })
  return async () => {
    while ((await stage.whatsapp.pages()).some((page) => page.load === load && page.open)) await Bun.sleep(5)
  }
}

async function killServer({ stage }: Scene): Promise<void> {
  stage.product!.child.kill('SIGKILL')
  await stage.product!.child.exited
}

async function killDatabase({ stage }: Scene): Promise<void> {
  for (const pid of stage.databaseProcesses()) kill(pid, 'SIGKILL')
}

/** PostgreSQL itself starts anew when one of its processes was killed: struck is struck when everybody was thrown out. */
async function killBackend({ stage }: Scene): Promise<void> {
  const witness = connect(stage.login, { max: 1, lasting: true })
  const [backend] = await witness<{ pid: number }[]>`
    select pid from pg_stat_activity where application_name = 'botwave' order by state_change desc limit 1`
  if (backend) kill(backend.pid, 'SIGKILL')
  if (backend) await witness`select pg_sleep(10)`.catch(() => {})
  await witness.end({ timeout: 0 })
}

async function freezeDatabase({ stage, chance }: Scene): Promise<void> {
  await freezeFor(stage, chance.whole(1_000, 6_000))
}

/** Longer than the program waits: what is committed afterwards is answered to nobody. */
async function freezeLong({ stage }: Scene): Promise<void> {
  await freezeFor(stage, 7_000)
}

async function freezeFor(stage: Stage, ms: number): Promise<void> {
  const pids = stage.databaseProcesses()
  for (const pid of pids) kill(pid, 'SIGSTOP')
  await Bun.sleep(ms)
  for (const pid of pids) kill(pid, 'SIGCONT')
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone in between.
  }
}
