// Who may call what, as a table in the documentation: a row an address, a column a kind of caller.
import type { AccessRow } from '../stores/api-document.ts'

const names: Record<string, string> = {
  stranger: 'Stranger',
  user: 'User',
  other: 'Another’s id',
  suspended: 'Suspended',
  admin: 'Admin',
  maintenance: 'User, in maintenance',
}

export function AccessTable({ rows }: { rows: AccessRow[] }) {
  const columns = Object.keys(rows[0]?.outcomes ?? {})
  return (
    <section class="stack gap-3" aria-labelledby="access">
      <h2 id="access" class="section-title">
        Who may call what
      </h2>
      <p class="lead">
        A tick: the door is open. A number: the status at the door. <em>Another’s id</em> is a signed-in
        person, an admin too, who names something that belongs to somebody else: it is as if there were none.
        The keys have one scope each; the key for <code class="code">admin</code> belongs to an admin.
      </p>
      {/* Wider than a phone: it scrolls by itself, also by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section class="card overflow-x-auto" aria-labelledby="access" tabIndex={0}>
        <table class="w-full border-collapse text-sm">
          <thead>
            <tr>
              <th scope="col" class="overline text-left px-4 py-3">
                Address
              </th>
              {columns.map((column) => (
                <th key={column} scope="col" class="overline px-2 py-3 text-center">
                  {names[column] ?? column.replace('key:', 'Key: ')}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ method, path, outcomes }) => (
              <tr key={`${method} ${path}`} class="shadow-[0_-1px_0_var(--line)]">
                <th scope="row" class="text-left font-normal px-4 py-2 whitespace-nowrap">
                  <span class="num text-xs text-ink-faint">{method}</span> <code class="code">{path}</code>
                </th>
                {columns.map((column) => (
                  <td key={column} class="num text-center px-2 py-2">
                    <Cell outcome={outcomes[column] ?? ''} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function Cell({ outcome }: { outcome: string | number }) {
  if (outcome !== 'in') return <span class="text-ink-faint">{outcome}</span>
  return (
    <span class="text-good font-semibold">
      <span aria-hidden="true">✓</span>
      <span class="sr-only">may</span>
    </span>
  )
}
