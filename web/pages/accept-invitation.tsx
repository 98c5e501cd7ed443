// Where an invitation leads: choose a password and be in.
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { ChoosePassword } from '../ui/choose-password.tsx'

export default function AcceptInvitation() {
  const { session } = useDesk()
  return (
    <ChoosePassword
      title="You are invited"
      lead="Choose a password, and your account is ready."
      verb="Join"
      submit={session.acceptInvitation}
      next={paths.home}
      otherwise="Ask whoever invited you for a new one."
    />
  )
}
