// The product in a folder and a database of its own, an admin signed in to it, limits out of the way.
import { join } from 'node:path'
import { connect, type Sql } from '../../src/database/connect.ts'
import { embeddedFolder, superuser } from '../../src/database/embedded.ts'
import { loginBySocket } from '../../src/database/login.ts'
import { type Caller, caller } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { fromSource, makeFolder, type Product, startProduct } from '../support/product.ts'
import type { Database } from './figure.ts'
import { childrenOf } from './processes.ts'

export interface Stage extends Caller {
  product: Product
  url: string
  token: string
  userId: string
  /** An API key of the admin, and who calls with it. */
  key: string
  program: Caller
  /** As who may change everything in the product's database. */
  owner: Sql
}

export interface StageOptions {
  database?: Database
  env?: Record<string, string>
  /** Program and first arguments. */
  command?: string[]
}

/** The browser of both the product and the bare library: the same on every machine where one is packaged. */
export const chromePath =
  process.env.CHROME_PATH ?? (process.platform === 'linux' && process.arch === 'x64' ? 'packaged' : '')

const ADMIN = { email: 'bench@example.com', password: 'a long pass phrase' }

const open = new Set<AsyncDisposableStack>()

/** What a part started, undone at its end, or by `undoAll` when it is ended early. */
export function openUndo(): AsyncDisposableStack {
  const undo = new AsyncDisposableStack()
  open.add(undo)
  undo.defer(() => void open.delete(undo))
  return undo
}

export async function undoAll(): Promise<void> {
  // One that is still starting is in no list yet.
  for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGTERM')
  await Promise.allSettled([...open].map((undo) => undo.disposeAsync()))
}

/** A folder that goes with `undo`. */
export function openFolder(undo: AsyncDisposableStack): string {
  const { folder, remove } = makeFolder()
  undo.defer(remove)
  return folder
}

/** What a process needs to work on that database in `folder`, and how to get in beside it as who may do all. */
export async function openPlace(
  undo: AsyncDisposableStack,
  folder: string,
  database: Database,
): Promise<{ env: Record<string, string>; openOwner: () => Sql }> {
  if (database === 'server') {
    const made = await createTestDatabase()
    undo.defer(made.drop)
    return { env: { DATABASE_URL: made.url }, openOwner: () => made.owner }
  }
  const login = loginBySocket(embeddedFolder(join(folder, 'data')), superuser, 'botwave')
  const openOwner = () => {
    const owner = connect(login, { max: 5, name: 'bench' })
    undo.defer(() => owner.end({ timeout: 2 }))
    return owner
  }
  return { env: {}, openOwner }
}

/** Starts the product; everything ends with `undo`. */
export async function openStage(
  undo: AsyncDisposableStack,
  { database = 'embedded', env = {}, command = fromSource }: StageOptions = {},
): Promise<Stage> {
  const folder = openFolder(undo)
  const place = await openPlace(undo, folder, database)
  const product = await startProduct({
    command,
    folder,
    env: {
      LOG_LEVEL: 'warn',
      CHROME_PATH: chromePath,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ...place.env,
      ...env,
    },
  })
  undo.defer(async () => void (await product.stop()))
  const owner = place.openOwner()
  // Before the first call, so that nothing older is remembered.
  await owner`update settings set max_rate_limit = 100000000`
  await owner`update users set rate_limit = 100000000`
  const { url } = product
  const { token, user } = await must(caller(url, {}), 'POST', '/api/auth/login', ADMIN)
  const me = caller(url, { authorization: `Bearer ${token}` })
  const { key } = await must(me, 'POST', '/api/keys', { name: 'bench' })
  const program = caller(url, { authorization: `Bearer ${key}` })
  return { ...me, product, url, token, userId: user.id, key, program, owner }
}

/** The answer's body; throws with it when it is not 2xx. */
export async function must(who: Caller, method: string, path: string, body?: unknown) {
  const answer = await who.call(method, path, body)
  if (answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
