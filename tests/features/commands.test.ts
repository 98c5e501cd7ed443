// Commands on the database that comes along: beside a running server, and with none.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { caller } from '../support/app.ts'
import { fromSource, makeFolder, type Product, productEnv, startProduct } from '../support/product.ts'

let folder: string
let remove: () => Promise<void>
let product: Product | undefined
beforeAll(() => {
  ;({ folder, remove } = makeFolder())
})
afterAll(async () => {
  await product?.stop()
  await remove()
})

async function run(...command: string[]): Promise<{ code: number; output: string }> {
  const child = Bun.spawn([...fromSource, ...command], {
    cwd: folder,
    env: productEnv(),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  return { output: await new Response(child.stdout).text(), code: await child.exited }
}

test('people come over before the first start, an admin is reset beside the server, and again without it', async () => {
  const file = join(folder, 'users.jsonl')
  writeFileSync(
    file,
    JSON.stringify({ email: 'boss@example.com', password: 'from the old days', role: 'admin' }),
  )
  expect(await run('import-users', file)).toEqual({
    code: 0,
    output: 'People: 1 imported, 0 there already, 0 refused.\n',
  })

  product = await startProduct({ command: fromSource, folder })
  expect(product.setupToken).toBeNull()
  const stranger = caller(product.url, {})
  const signIn = (password: string) =>
    stranger.call('POST', '/api/auth/login', { email: 'boss@example.com', password })
  expect((await signIn('from the old days')).body.code).toBe('password_change_required')
  const beside = await run('admin', 'reset')
  expect(beside.code).toBe(0)
  const token = /#([\w-]+)/.exec(beside.output)![1]
  const password = 'a pass phrase that is new'
  expect((await stranger.call('PUT', '/api/auth/password-resets', { token, password })).status).toBe(204)
  expect((await signIn(password)).status).toBe(200)

  await product.stop()
  product = undefined
  const alone = await run('admin', 'reset', 'boss@example.com')
  expect([alone.code, alone.output]).toEqual([0, expect.stringContaining('/reset-password#')])
})
