// `bun run crash -- --rounds N [--seed S]`: kills server, browsers, Workers and database, and holds the promises to it.
import { parseArgs } from 'node:util'
import { createChance } from './chance.ts'
import { runInterruptibly } from './interruptible.ts'
import { playRound, type RoundResult } from './round.ts'
import { type Choice, Stage } from './stage.ts'
import { STRIKES, type Strike } from './strikes.ts'

export interface CrashOptions {
  rounds: number
  seed: number
  /** Only strikes whose name has this in it. */
  only?: string
  say: (line: string) => void
}

const CHOICES: Choice[] = ['hold', 'resend', 'drop']

/** Plays the rounds; every strike comes once before one comes twice. */
export async function crash({ rounds, seed, only = '', say }: CrashOptions): Promise<RoundResult[]> {
  const chance = createChance(seed)
  const strikes = STRIKES.filter(({ name }) => name.includes(only))
  if (strikes.length === 0) throw new Error(`No strike has “${only}” in its name.`)
  const deck: Strike[] = []
  const orphans = new Set<string>()
  const results: RoundResult[] = []
  await using stage = new Stage()
  await stage.open({ choices: CHOICES, say })
  for (let number = 1; number <= rounds; number++) {
    if (deck.length === 0) deck.push(...chance.shuffled(strikes))
    const result = await playRound({ stage, chance, number, strike: deck.pop()!, orphans })
    results.push(result)
    say(lineOf(number, result))
    for (const sentence of result.broken) say(`  BROKEN: ${sentence}`)
    if (result.broken.some((sentence) => sentence.startsWith('not back'))) {
      say(stage.product!.output().split('\n').slice(-60).join('\n'))
      break
    }
  }
  return results
}

function lineOf(
  number: number,
  { strike, victim, entries, backMs, endedByItself, slow }: RoundResult,
): string {
  const accepted = entries.filter(({ id }) => id !== null).length
  const restarted = endedByItself ? ', ended by itself and started again' : ''
  return `${number}. ${strike} (${victim}): ${accepted} of ${entries.length} accepted, back in ${(backMs / 1000).toFixed(1)} s${restarted}${slow ? `; long open: ${slow}` : ''}`
}

/** One line with what happened, by kind. */
export function summary(results: RoundResult[]): string {
  const sum = (count: (result: RoundResult) => number) =>
    results.reduce((total, one) => total + count(one), 0)
  const kinds = Map.groupBy(results, ({ strike }) => strike.split(' ')[0]!)
  const byKind = [...kinds].map(([kind, of]) => `${of.length} ${kind}`).join(', ')
  const accepted = sum(({ entries }) => entries.filter(({ id }) => id !== null).length)
  const slowest = Math.max(0, ...results.map(({ backMs }) => backMs))
  return (
    `${results.length} rounds (${byKind}), ${sum(({ entries }) => entries.length)} requests, ${accepted} accepted, ` +
    `slowest way back ${(slowest / 1000).toFixed(1)} s, ${sum(({ broken }) => broken.length)} promises broken`
  )
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '100' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      only: { type: 'string', default: '' },
    },
  })
  const seed = Number(values.seed)
  console.log(`seed ${seed}`)
  await runInterruptibly(async () => {
    const results = await crash({ rounds: Number(values.rounds), seed, only: values.only, say: console.log })
    console.log(summary(results))
    return results.some(({ broken }) => broken.length > 0) ? 1 : 0
  })
}
