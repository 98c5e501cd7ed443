// The vault: what is sealed opens with the same key in the same place, and nowhere else.
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault } from '../../src/vault.ts'

const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'botwave-vault-')))
afterAll(() => folders.forEach((folder) => void rmSync(folder, { recursive: true })))
const [here, elsewhere] = folders as [string, string]

test('a restart opens what was sealed before, and the key is for us alone', () => {
  const sealed = createVault(here).seal('a seed', 'totp 1')
  expect(createVault(here).open(sealed, 'totp 1')).toBe('a seed')
  expect(statSync(join(here, 'vault-key')).mode & 0o777).toBe(0o600)
  expect(Buffer.from(sealed).includes('a seed')).toBe(false)
})

test('the same text never looks the same', () => {
  const vault = createVault(here)
  expect(Buffer.from(vault.seal('x')).equals(vault.seal('x'))).toBe(false)
})

test.each([
  ['of another row', (bytes: Uint8Array) => createVault(here).open(bytes, 'totp 2')],
  ['of another key', (bytes: Uint8Array) => createVault(elsewhere).open(bytes, 'totp 1')],
  [
    'that was changed',
    (bytes: Uint8Array) =>
      createVault(here).open(
        bytes.map((byte, at) => (at === 30 ? byte ^ 1 : byte)),
        'totp 1',
      ),
  ],
  ['that was cut', (bytes: Uint8Array) => createVault(here).open(bytes.slice(0, 20), 'totp 1')],
])('a seal %s does not open', (_, open) => {
  expect(() => open(createVault(here).seal('a seed', 'totp 1'))).toThrow('does not open')
})
