// CSV that every reader takes apart again, and that no spreadsheet runs.
import { describe, expect, test } from 'bun:test'
import { csvRow } from '../../src/rules/csv.ts'

describe('a record', () => {
  test.each([
    [['a', 'b'], 'a,b'],
    [['a,b', 'c'], '"a,b",c'],
    [['say "hi"'], '"say ""hi"""'],
    [['two\nlines', 'one\rtoo'], '"two\nlines","one\rtoo"'],
    [[null, '', 0, -3], ',,0,-3'],
    [[new Date('2026-01-02T03:04:05.006Z')], '2026-01-02T03:04:05.006Z'],
  ])('%j', (cells, line) => {
    expect(csvRow(cells)).toBe(`${line}\r\n`)
  })

  test.each(['=1+1', '+491511111111', '-2', '@SUM(A1)', '\t=1', '\r=1'])('%j is a text', (cell) => {
    const [read] = [csvRow([cell]).slice(0, -2)]
    expect(read!.replace(/^"|"$/g, '')).toBe(`'${cell}`)
  })
})
