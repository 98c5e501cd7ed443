// Recovery codes, the one time that they can be read.
import { CopyButton } from './copy.tsx'
import { Note } from './feedback.tsx'

export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const text = codes.join('\n')
  return (
    <div class="stack gap-5">
      <Note tone="warn" icon="key">
        Keep these where your phone is not. Each lets you in once, without the app. They are not shown again.
      </Note>
      <ul class="well p-4 grid grid-cols-2 gap-x-4 gap-y-1.5" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code} class="code select-all">
            {code}
          </li>
        ))}
      </ul>
      <footer class="dialog-foot">
        <CopyButton text={text} label="Copy them" />
        <a
          class="btn-plain"
          download="botwave-recovery-codes.txt"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
        >
          Save as a file
        </a>
        <button type="button" class="btn-primary" onClick={onDone}>
          I have them
        </button>
      </footer>
    </div>
  )
}
