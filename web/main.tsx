// Starts the dashboard in the page.
import { render } from 'preact'

render(<p class="p-6">BotWave</p>, document.getElementById('app')!)
