// Passwords: which hashes are read, what is nobody's, and that a flood of sign-ins is turned away, not piled up.
import { expect, test } from 'bun:test'
import { availableParallelism } from 'node:os'
import { createPasswords, isOldHash, isWeakPassword } from '../../src/auth/passwords.ts'
import type { Problem } from '../../src/http/problem.ts'

const passwords = createPasswords()

test.each([
  ['argon2id', () => passwords.hash('right'), false],
  ['bcrypt', () => Bun.password.hash('right', { algorithm: 'bcrypt', cost: 4 }), true],
  // PHP writes `2y`, old libraries `2a`: the same hash.
  [
    'bcrypt as PHP writes it',
    async () => (await Bun.password.hash('right', { algorithm: 'bcrypt', cost: 4 })).replace('$2b$', '$2y$'),
    true,
  ],
  [
    'argon2id with other costs',
    () => Bun.password.hash('right', { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 }),
    true,
  ],
])('%s', async (_, make, old) => {
  const hash = await make()
  expect([await passwords.verify('right', hash), await passwords.verify('wrong', hash)]).toEqual([
    true,
    false,
  ])
  expect(isOldHash(hash)).toBe(old)
})

test.each([null, '', 'none', 'right', '$2b$10$broken', '$argon2id$broken'])(
  'nothing is the password of %p',
  async (hash) => {
    expect(await passwords.verify('right', hash)).toBe(false)
  },
)

test('whoever comes when too many wait is told so, and the next one gets in', async () => {
  const few = createPasswords({ maxWaiting: 1 })
  const atWork = Math.max(1, availableParallelism() - 1)
  // One more is waiting, and two are too many.
  const tries = await Promise.allSettled(Array.from({ length: atWork + 3 }, () => few.verify('x', null)))
  const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason as Problem] : []))
  expect(refused.map(({ code, status }) => [code, status])).toEqual(Array(2).fill(['rate_limited', 429]))
  expect(await few.verify('x', null)).toBe(false)
})

test('short ones, common ones, the address itself and endless ones are weak', () => {
  const weak = ['elevenchars', 'password12345', 'aaaaaaaaaaaaaa', 'me@example.com', 'x1'.repeat(501)]
  expect(weak.filter((password) => !isWeakPassword(password, 'Me@example.com'))).toEqual([])
  expect(isWeakPassword('a long pass phrase', 'me@example.com')).toBe(false)
})
