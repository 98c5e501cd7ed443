// Where the link for a new password leads.
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { ChoosePassword } from '../ui/choose-password.tsx'

export default function ResetPassword() {
  const { session } = useDesk()
  return (
    <ChoosePassword
      title="Choose a new password"
      lead="It replaces the old one and signs you out everywhere."
      verb="Set the password"
      submit={session.resetPassword}
      next={paths.login}
      otherwise={<a href={paths.forgotPassword}>Ask for a new link</a>}
    />
  )
}
