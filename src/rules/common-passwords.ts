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
