// A long list as a file, sent while it is read: batch after batch by key, so that its length costs no memory.
import { BYTE_ORDER_MARK, type Cell, csvRow } from '../rules/csv.ts'

export interface CsvParts<Row extends { id: string }> {
  /** Shown by the browser. */
  filename: string
  columns: readonly string[]
  /** The next rows behind the one with this id; none: the end. */
  next: (after: string | null) => Promise<Row[]>
  cells: (row: Row) => readonly Cell[]
}

/** The first batch is read before the answer begins, so that what is wrong with the question is still a problem+json. */
export async function csvAnswer<Row extends { id: string }>(parts: CsvParts<Row>): Promise<Response> {
  const { filename, columns, next, cells } = parts
  const textOf = (rows: Row[]) => rows.map((row) => csvRow(cells(row))).join('')
  let rows = await next(null)
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(BYTE_ORDER_MARK + csvRow(columns) + textOf(rows)))
    },
    // Throwing breaks the connection off: nobody takes half a file for a whole one.
    async pull(controller) {
      const last = rows.at(-1)
      rows = last ? await next(last.id) : []
      if (rows.length === 0) return controller.close()
      controller.enqueue(encoder.encode(textOf(rows)))
    },
  })
  return new Response(stream, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${filename}"`,
    },
  })
}
