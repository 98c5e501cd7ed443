// The gate's arithmetic: what it reads out of bun test's output.
import { expect, test } from 'bun:test'
import { readCounts } from '../check.ts'

test('takes the sums that bun test prints last', () => {
  const output = '(pass) a [1ms]\n(fail) b\n\n 1 pass\n 1 fail\n 2 expect() calls\nRan 2 tests\n'
  expect(readCounts(output)).toEqual({ passed: 1, failed: 1 })
})

test('counts tests one by one when it was ended before', () => {
  expect(readCounts('(pass) a [1ms]\n(pass) b\n(fail) c\n')).toEqual({ passed: 2, failed: 1 })
})

test('nothing is nothing', () => {
  expect(readCounts('error: no tests\n')).toEqual({ passed: 0, failed: 0 })
})
