// Passwords of twelve characters and more that everybody tries first.

const WORDS = [
  'password',
  'passw0rd',
  'qwerty',
  'qwertyuiop',
  'letmein',
  'welcome',
  'iloveyou',
  'administrator',
  'admin',
  'whatsapp',
  'botwave',
  'changeme',
  'secret',
  'monkey',
  'dragon',
  'football',
  'baseball',
  'sunshine',
  'princess',
  'superman',
  'batman',
  'trustno1',
  'abc',
  'abcd',
  'asdfghjkl',
  'zxcvbnm',
  'test',
  'user',
  'login',
  'master',
  'correcthorsebatterystaple',
  'default',
  'hello',
  'google',
  'facebook',
  'internet',
  'computer',
  'samsung',
]
const KEYBOARD = '12345678901234567890qwertyuiopasdfghjklzxcvbnm 09876543210987654321'

/**
 * Whether a password is one of a common word with digits or marks around it, a word repeated, one or two characters
 * repeated, or a run along the keyboard or the alphabet.
 */
export function isCommonPassword(password: string): boolean {
  const text = password.toLowerCase()
  const letters = text.replace(/^[^a-z]+|[^a-z]+$/g, '')
  if (new Set(text).size <= 3) return true
  if (KEYBOARD.includes(text) || 'abcdefghijklmnopqrstuvwxyz0123456789'.includes(text)) return true
  return WORDS.some((word) => letters === word || (letters !== '' && isRepeat(letters, word)))
}

function isRepeat(text: string, word: string): boolean {
  return text.length % word.length === 0 && text === word.repeat(text.length / word.length)
}

/** What programs are delivered with, most frequent first. */
const DEFAULTS = ['admin', 'admin123', 'password', 'password123', '123456', '12345678', 'changeme', 'botwave']

/** With digits and marks behind them, or nothing. */
const DEFAULT_STEMS = [
  ...['admin', 'administrator', 'botwave', 'changeme', 'default', 'demo', 'letmein', 'passw0rd'],
  ...['password', 'qwerty', 'root', 'secret', 'test', 'user', 'welcome', 'whatsapp'],
]

/** Passwords in the clear that an installation was delivered with or given without a thought: everybody tries them. */
export function isDefaultPassword(password: string, email: string): boolean {
  const text = password.toLowerCase()
  const name = email.toLowerCase().split('@')[0] ?? ''
  const own = [email.toLowerCase(), name, `${name}123`, `${name}@123`, `${name}1234`]
  if ('12345678901234567890'.startsWith(text) || new Set(text).size === 1 || own.includes(text)) return true
  return DEFAULT_STEMS.includes(text.replace(/[^a-z]+$/, ''))
}

/** The few that are worth the time of trying them against a hash. */
export function listDefaultPasswords(email: string): string[] {
  return [...new Set([...DEFAULTS, email.toLowerCase().split('@')[0] ?? ''])]
}
