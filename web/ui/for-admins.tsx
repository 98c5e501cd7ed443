// A screen that only admins see anything on.
import type { ComponentChildren } from 'preact'
import { useDesk } from '../desk.ts'
import { Note } from './feedback.tsx'
import { Page } from './shell.tsx'

export function ForAdmins({ title, children }: { title: string; children: ComponentChildren }) {
  const { session } = useDesk()
  if (session.isAdmin.value) return children
  return (
    <Page title={title}>
      <Note tone="info" icon="info">
        This page is for admins.
      </Note>
    </Page>
  )
}
