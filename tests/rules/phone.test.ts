// Every spelling of a recipient that people use, and what is said about those that cannot be one.
import { expect, test } from 'bun:test'
import { explainRecipient, parseRecipient, type RecipientProblem } from '../../src/rules/phone.ts'

const INDIA = { chatId: '919876543210@c.us', number: '+919876543210' }

test.each([
  ['+91 98765-43210', null, INDIA],
  ['+91 98765-43210', 'US', INDIA],
  ['919876543210', null, INDIA],
  ['919876543210', 'IN', INDIA],
  ['0091 98765 43210', null, INDIA],
  ['0091 98765 43210', 'IN', INDIA],
  ['98765 43210', 'IN', INDIA],
  ['098765 43210', 'IN', INDIA],
  [' +91 (98765) 43210 ', null, INDIA],
  ['\u202a+91 98765 43210\u202c', null, INDIA],
  ['919876543210@c.us', null, INDIA],
  ['919876543210@s.whatsapp.net', null, INDIA],
  ['+1 415 555 2671', 'IN', { chatId: '14155552671@c.us', number: '+14155552671' }],
  ['011 91 98765 43210', 'US', INDIA],
  ['0171 1234567', 'DE', { chatId: '491711234567@c.us', number: '+491711234567' }],
  ['123456789012345@lid', null, { chatId: '123456789012345@lid', number: '123456789012345@lid' }],
  ['120363012345678901@g.us', null, { chatId: '120363012345678901@g.us', number: '120363012345678901@g.us' }],
  [
    '4915112345678-1580000000@g.us',
    null,
    { chatId: '4915112345678-1580000000@g.us', number: '4915112345678-1580000000@g.us' },
  ],
])('%p in %p is read', (input, country, expected) => {
  expect(parseRecipient(input, country)).toEqual(expected)
})

test.each([
  ['', null, 'number_empty'],
  ['   ', null, 'number_empty'],
  ['hello', null, 'number_unreadable'],
  ['+', null, 'number_unreadable'],
  ['call +919876543210', null, 'number_unreadable'],
  ['12345', null, 'number_too_short'],
  ['+1234567890123456', null, 'number_too_long'],
  ['098765 43210', null, 'number_needs_country'],
  ['0000000000', 'IN', 'number_invalid'],
  ['+999 1234567', null, 'number_invalid'],
  ['someone@c.us', null, 'chat_id_invalid'],
  ['status@broadcast', null, 'chat_id_invalid'],
  ['me@example.com', null, 'chat_id_invalid'],
])('%p in %p is refused with %p', (input, country, expected) => {
  const problem = parseRecipient(input, country)
  expect(problem).toBe(expected as RecipientProblem)
  expect(explainRecipient(problem as RecipientProblem).length).toBeGreaterThan(10)
})
