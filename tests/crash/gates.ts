// Gates in the database: a step of a message waits there, uncommitted, for as long as its gate is closed.
import { connect, type Sql } from '../../src/database/connect.ts'
import type { Login } from '../../src/database/login.ts'

/** The transaction that accepts a message, that writes the intent, that settles a hand-over. */
export const GATES = { accept: 1, intent: 2, settle: 3 } as const
export type Gate = keyof typeof GATES

const space = 0x67_61_74_65

/** Installs the gates, open. As the superuser; the program itself knows nothing of them. */
export async function buildGates(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create function crash_gate() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${space}, tg_argv[0]::int);
      return new;
    end $$;
    create trigger crash_accept before insert on message_logs for each row
      when (new.direction = 'out') execute function crash_gate(${GATES.accept});
    create trigger crash_intent before update on message_logs for each row
      when (old.status = 'queued' and new.status = 'sending') execute function crash_gate(${GATES.intent});
    create trigger crash_settle before update on message_logs for each row
      when (old.status = 'sending' and new.status <> 'sending') execute function crash_gate(${GATES.settle});`)
}

export interface ClosedGate {
  /** Resolves when somebody stands before it. */
  reached(): Promise<void>
  open(): Promise<void>
}

/** Closes a gate until it is opened, or the database ends. */
export async function closeGate(login: Login, gate: Gate): Promise<ClosedGate> {
  const sql = connect(login, { max: 1, lasting: true, name: 'crash gate' })
  await sql`select pg_advisory_lock(${space}, ${GATES[gate]})`
  const before = () => sql`
    select 1 from pg_locks where locktype = 'advisory' and not granted
      and classid = ${space} and objid = ${GATES[gate]}`
  return {
    async reached() {
      while ((await before()).length === 0) await Bun.sleep(2)
    },
    open: () => sql.end({ timeout: 1 }),
  }
}
