// What the documentation does in the browser: a button that copies an example, and this server's own address in it.
import { copyText } from '../copy-text.ts'

for (const code of document.querySelectorAll('.example code')) {
  code.textContent = code.textContent.replaceAll('http://127.0.0.1:3000', location.origin)
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.onclick = async () => {
    button.textContent = (await copyText(code.textContent)) ? 'Copied' : 'Select it'
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 2_500)
  }
  code.closest('.example')?.append(button)
}
