// A few rounds of the crash harness; `bun run crash -- --rounds 200` plays many.
import { expect, test } from 'bun:test'
import { crash, summary } from './crash.ts'

const ROUNDS = 10

test('whatever is killed, what was accepted is settled and nothing goes out twice', async () => {
  const seed = Math.floor(Math.random() * 2 ** 32)
  console.log(`seed ${seed}`)
  const results = await crash({ rounds: ROUNDS, seed, say: console.log })
  console.log(summary(results))
  expect(results.flatMap(({ broken }) => broken)).toEqual([])
  expect(results).toHaveLength(ROUNDS)
}, 300_000)
