// Messages in the Cloud API's dialect: the document names their parts, Meta's documentation what is in them.
import fc, { type Arbitrary } from 'fast-check'
import { MESSAGE_CANARY } from './values.ts'

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((end) => `${MESSAGE_CANARY} ${end}`)
const messageId = fc.constantFrom(
  ...['wamid.<own sent>', 'wamid.<own received>', 'wamid.<foreign sent>', 'wamid.x', '<own sent>'],
)
const media = fc.oneof(
  fc.record({ id: fc.constantFrom('<own file>', '<foreign file>'), caption: text }, { requiredKeys: ['id'] }),
  fc.record({ link: fc.constant('https://media.invalid/x.png'), caption: text }, { requiredKeys: ['link'] }),
)
const reply = (n: number) => ({ type: 'reply', reply: { id: `choice-${n}`, title: `Choice ${n}` } })
const rows = [
  { id: 'a', title: 'A' },
  { id: 'b', title: 'B', description: 'Second' },
]

/** What each type carries, under its own name. */
const CARRIED: Record<string, Arbitrary<unknown>> = {
  text: fc.record({ body: text, preview_url: fc.boolean() }, { requiredKeys: ['body'] }),
  image: media,
  video: media,
  audio: media,
  document: media,
  sticker: media,
  location: fc.record({
    latitude: fc.integer({ min: -90, max: 90 }),
    longitude: fc.constantFrom<unknown>(13, '13.4', 181),
    name: text,
  }),
  contacts: fc.array(
    fc.record({
      name: fc.record({ formatted_name: text }),
      phones: fc.constant([{ phone: '+4915123456789' }]),
    }),
    { maxLength: 3 },
  ),
  interactive: fc.oneof(
    fc.integer({ min: 0, max: 4 }).map((count) => ({
      type: 'button',
      body: { text: 'Choose' },
      action: { buttons: Array.from({ length: count }, (_, n) => reply(n)) },
    })),
    fc.constant({
      type: 'list',
      body: { text: 'Choose' },
      action: { button: 'Open', sections: [{ title: 'All', rows }] },
    }),
    fc.constant({
      type: 'cta_url',
      body: { text: 'Look' },
      action: { name: 'cta_url', parameters: { display_text: 'Here', url: 'https://shop.invalid' } },
    }),
  ),
  template: fc.record({
    name: fc.constantFrom('row', 'none'),
    language: fc.constantFrom({ code: 'en' }, { code: 'xx' }),
  }),
  reaction: fc.record({ message_id: messageId, emoji: fc.constantFrom('👍', '', 'x', '👍👍') }),
}

const sends = fc.constantFrom(...Object.keys(CARRIED)).chain((type) =>
  fc.record(
    {
      messaging_product: fc.constant('whatsapp'),
      recipient_type: fc.constant('individual'),
      to: fc.constantFrom('4915123456789', '+49 151 23456789', '120363000000000000@g.us'),
      type: fc.constant(type),
      [type]: CARRIED[type]!,
      context: fc.record({ message_id: messageId }),
      biz_opaque_callback_data: text,
    },
    { requiredKeys: ['messaging_product', 'to', 'type', type] },
  ),
)

const reads = fc.record(
  {
    messaging_product: fc.constant('whatsapp'),
    status: fc.constantFrom('read', 'seen'),
    message_id: messageId,
    typing_indicator: fc.constant({ type: 'text' }),
  },
  { requiredKeys: ['messaging_product', 'status', 'message_id'] },
)

export const cloudMessages: Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: sends },
  { weight: 1, arbitrary: reads },
)

const componentText = fc.constantFrom('Hello', 'Hello {{1}}', 'Hello {{name}}, {{name}}', '{{2}}', '')
const components = fc
  .record(
    {
      HEADER: fc.record({ format: fc.constantFrom('TEXT', 'IMAGE'), text: componentText }),
      BODY: fc.record({ text: componentText }),
      FOOTER: fc.record({ text: componentText }),
      BUTTONS: fc.constant({ buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] }),
    },
    { requiredKeys: ['BODY'] },
  )
  .map((parts) => Object.entries(parts).map(([type, part]) => ({ type, ...part })))

export const cloudTemplates: Arbitrary<unknown> = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/),
  language: fc.constantFrom('en', 'pt_BR', 'x'),
  components,
})
