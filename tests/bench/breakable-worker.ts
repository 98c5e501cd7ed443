// The product's Worker, which dies without a goodbye when it is told so on a channel.
import '../../workers/account.ts'

new BroadcastChannel('break').onmessage = () => process.exit(1)
