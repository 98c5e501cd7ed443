// The product's own Worker, which breaks in the way that a test asks for: as its own code or the library might.
import '../../workers/account.ts'

/** `throw`: nobody catches it. `reject`: nobody awaits it. `exit`: without a goodbye. */
export type Break = 'throw' | 'reject' | 'exit'

declare const self: Worker

const obey = self.onmessage
self.onmessage = (event: MessageEvent<{ breakDown?: Break }>) => {
  const how = event.data.breakDown
  // On a turn of its own, as what the library does late.
  if (how) setTimeout(() => breakDown(how), 0)
  else obey?.call(self, event)
}

function breakDown(how: Break): void {
  if (how === 'throw') throw new Error('thrown, and nobody catches it')
  if (how === 'exit') process.exit(1)
  void Promise.reject(new Error('rejected, and nobody awaits it'))
}
