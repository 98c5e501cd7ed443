// Starts the dashboard in the page.
import { render } from 'preact'
import { App } from './app.tsx'
import { createDesk } from './desk.ts'

const desk = createDesk()
void desk.session.open()
render(<App desk={desk} />, document.getElementById('app')!)
