// The stand-in's page: puts the modules in place, brings back what the profile holds, and opens the line.
import { chatCollections, loadChats } from './chats.ts'
import './dialogs.ts'
import { reactionCollections } from './actions.ts'
import { Collection, Model } from './events.ts'
import { asUserWidOrThrow, createUserWid, createWid } from './ids.ts'
import { showVersion, startLink } from './link.ts'
import { loadMessages, Msg } from './messages.ts'
import { contactCollections, loadNumbers } from './numbers.ts'
import './media.ts'
import './profile.ts'
import './send.ts'
import './links.ts'
import { define, installRequire } from './require.ts'

define('WAWebWidFactory', {
  createWid,
  createUserWid,
  createWidFromWidLike: createWid,
  asUserWidOrThrow,
  asChatWid: createWid,
  isWidlike: (value: unknown) => typeof value === 'object' && value !== null && 'user' in value,
})
define('WAWebCollections', {
  Msg,
  ...chatCollections,
  ...reactionCollections,
  ...contactCollections,
  Label: new Collection(Model),
  Status: new Collection(Model),
  WAWebNewsletterCollection: new Collection(Model),
  ProfilePicThumb: Object.assign(new Collection(Model), { find: async () => undefined }),
})
installRequire()

await loadNumbers()
await loadChats()
await startLink(loadMessages)
if (!globalThis.standInStart.hideUntilSynced) showVersion()
