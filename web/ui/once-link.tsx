// A one-time link to hand to somebody, the one time that it can be read.
import { CopyBox } from './copy.tsx'
import { Note } from './feedback.tsx'

export function OnceLink({ link, words, onDone }: { link: string; words: string; onDone: () => void }) {
  return (
    <div class="stack gap-5">
      <Note tone="warn" icon="key">
        {words} It is not shown again.
      </Note>
      <CopyBox text={link} label="Copy" />
      <footer class="dialog-foot">
        <button type="button" class="btn-primary" onClick={onDone}>
          Done
        </button>
      </footer>
    </div>
  )
}
