// When a browser has grown too large.
import { expect, test } from 'bun:test'
import { groupMemoryMb, judgeMemory } from '../../workers/memory.ts'

const limits = { softMb: 900, hardMb: 1_600, everyMs: 30_000, idleMs: 60_000 }

test.each([
  [900, 3_600_000, null],
  [901, 59_999, null],
  [901, 60_000, '901 MB while idle, above 900 MB'],
  [1_600, 0, null],
  [1_601, 0, '1601 MB, above 1600 MB'],
])('%p MB, idle for %p ms → %p', (usedMb, idleForMs, verdict) => {
  expect(judgeMemory(usedMb, idleForMs, limits)).toBe(verdict)
})

test.if(process.platform === 'linux')('a group is measured whole, and only that group', async () => {
  // A leader of its own group with a child: both hold memory.
  const script =
    'const held = new Uint8Array(40_000_000).fill(1); console.log("up"); setInterval(() => held[0], 1e6)'
  const leader = Bun.spawn(['setsid', process.execPath, '-e', script], { stdout: 'pipe', stdin: 'ignore' })
  try {
    await leader.stdout.getReader().read()
    const used = await groupMemoryMb(leader.pid)
    expect(used).toBeGreaterThan(40)
    expect(used).toBeLessThan(400)
  } finally {
    leader.kill('SIGKILL')
    await leader.exited
  }
  expect(await groupMemoryMb(leader.pid)).toBeNull()
})
