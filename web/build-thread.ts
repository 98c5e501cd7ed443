// A thread that builds the dashboard and ends: its starter stays free for requests, and the builder's memory goes with it.
import { buildDashboard } from './build.ts'

declare const self: Worker

self.postMessage(await buildDashboard())
