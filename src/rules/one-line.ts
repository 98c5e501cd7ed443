// A person's text where only one line has room.

/** For the subject of a mail: a name is its owner's text. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
