// The log: one JSON line per event on stdout, without keys, tokens, message texts or numbers.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from './config.ts'

export type Log = Logger

/** Fields whose value never reaches the log, in whatever object they stand. Compared in lower case without `_`, `-`. */
const hiddenFields = new Set([
  ...['password', 'passwordhash', 'currentpassword', 'newpassword', 'secret', 'totp', 'jwtsecret'],
  ...[
    'token',
    'accesstoken',
    'setuptoken',
    'authorization',
    'cookie',
    'setcookie',
    'apikey',
    'xapikey',
    'key',
  ],
  ...['link', 'seed', 'recoverycodes', 'proxy'],
  ...['message', 'messagebody', 'body', 'text', 'caption', 'qr', 'pairingcode'],
  ...['number', 'receivernumber', 'fromnumber', 'phone', 'pairingphone', 'to', 'chatid', 'authorid', 'lid'],
])

/** Spellings of secrets and numbers inside a longer text, such as a URL or an error's message. */
const hiddenTexts: [RegExp, string][] = [
  [/bw_[A-Za-z0-9_-]{8,}/g, 'bw_[hidden]'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[hidden]'],
  // One-time links.
  [/(\/(?:setup|reset-password|verify-email|accept-invitation)#)[\w-]+/g, '$1[hidden]'],
  [/([?&](?:api_key|token|number|message)=)[^&\s"\\]*/gi, '$1[hidden]'],
  [/(\/\/[^\s:/@"]*:)[^\s@/"]+@/g, '$1[hidden]@'],
  [/\+?\d{6,16}@(c\.us|lid|s\.whatsapp\.net|g\.us)/g, '[hidden]@$1'],
]

/**
 * A log at the given level. Writes synchronously and without a thread of its own, so that the last line before an
 * exit is not lost and an executable needs no extra file. `out` is for tests.
 */
export function createLog(level: LogLevel, out: DestinationStream = destination({ fd: 1, sync: true })): Log {
  const gate: Gate = { isHeld: null, held: 0, isFirstWritten: false }
  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => hideFields(fields, 0) as Record<string, unknown>,
      },
      serializers: { err: describeError },
      hooks: {
        streamWrite: hideTexts,
        logMethod(args, write) {
          if (passes(gate, args[0])) write.apply(this, args)
        },
      },
    },
    out,
  )
  gates.set(log, gate)
  return withHiddenBindings(log)
}

/** What of a log and its children is held back right now. */
interface Gate {
  isHeld: ((fields: object) => boolean) | null
  held: number
  isFirstWritten: boolean
}

const gates = new WeakMap<Log, Gate>()

export interface HeldLines {
  /** How many lines were not written since the last time. The next one is written again. */
  take(): number
  /** Everything is written again. */
  end(): void
}

/**
 * For trouble that a hundred lines would tell in the same second: of the lines that `isHeld` picks by their fields only
 * the first is written, until `take`. Holds for `log`, which must come from `createLog`, and all its children.
 */
export function holdLines(log: Log, isHeld: (fields: object) => boolean): HeldLines {
  const gate = gates.get(log)
  if (!gate) throw new Error('lines are held back at the log itself, not at a child of it')
  gate.isHeld = isHeld
  return {
    take() {
      const { held } = gate
      Object.assign(gate, { held: 0, isFirstWritten: false })
      return held
    },
    end: () => Object.assign(gate, { isHeld: null, held: 0, isFirstWritten: false }),
  }
}

function passes(gate: Gate, fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null || !gate.isHeld?.(fields)) return true
  if (gate.isFirstWritten) {
    gate.held++
    return false
  }
  gate.isFirstWritten = true
  return true
}

/** pino passes the fields of a child by no formatter. */
function withHiddenBindings(log: Log): Log {
  const child = log.child.bind(log) as Log['child']
  log.child = ((bindings: object, options?: object) =>
    withHiddenBindings(child(hideFields(bindings, 0) as object, options) as Log)) as unknown as Log['child']
  return log
}

function hideFields(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Error) return describeError(value)
  if (value instanceof Date) return value
  if (depth > 5) return '[deep]'
  if (Array.isArray(value)) return value.map((item) => hideFields(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      hiddenFields.has(name.toLowerCase().replaceAll(/[_-]/g, '')) && inner !== null && inner !== undefined
        ? '[hidden]'
        : hideFields(inner, depth + 1),
    ]),
  )
}

/** Only what helps and tells nothing: PostgreSQL's `detail`, `query` and `parameters` hold people's data. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code, constraint_name, table_name } = error as Error & Record<string, unknown>
  return {
    type: error.name,
    // Not `message`: that name means a message's text everywhere else.
    what: error.message,
    code,
    constraint_name,
    table_name,
    stack: error.stack,
    cause: error.cause ? describeError(error.cause) : undefined,
  }
}

function hideTexts(line: string): string {
  return hiddenTexts.reduce((text, [pattern, shown]) => text.replace(pattern, shown), line)
}
