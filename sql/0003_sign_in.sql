-- How people come in besides a password: one-time links, invitations, a second factor, and rows of an older installation.

alter table users
  -- They opened a link that was mailed to the address.
  add column email_verified_at timestamptz,
  -- The next sign-in needs a new password beside this one: it came in the clear.
  add column must_change_password boolean not null default false;

-- Links that work once: SHA-256 of the token, removed by its use.
create table one_time_tokens (
  token_hash bytea primary key,
  user_id uuid not null references users on delete cascade,
  purpose text not null check (purpose in ('password_reset', 'verification')),
  -- The address it was made for: a link to an address that is not theirs any more does nothing.
  email text not null,
  -- Handed out to somebody who lost their second factor too: its use switches that off.
  ends_second_factor boolean not null default false,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index one_time_tokens_user on one_time_tokens (user_id, purpose);
create index one_time_tokens_expiry on one_time_tokens (expires_at);

-- Belongs to no person until it is accepted: for admins only.
create table invitations (
  id uuid primary key,
  email text not null check (email = lower(email) and length(email) <= 254),
  role text not null default 'user' check (role in ('user', 'admin')),
  token_hash bytea not null,
  invited_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create unique index invitations_token on invitations (token_hash);
-- One open invitation an address: the newest.
create unique index invitations_open on invitations (email) where accepted_at is null and revoked_at is null;

-- A second factor after RFC 6238. Off until its first code was given.
create table second_factors (
  user_id uuid primary key references users on delete cascade,
  -- Sealed with the key in DATA_DIR.
  seed bytea not null,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  -- The time step of the last code that was taken: none is taken twice.
  last_step bigint not null default 0
);

-- SHA-256 of each code that is left; removed by its use.
create table recovery_codes (
  user_id uuid not null references users on delete cascade,
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  primary key (user_id, code_hash)
);

-- Came from an older installation, where it lay in the clear: make a new one.
alter table api_keys add column needs_rotation boolean not null default false;

alter table message_logs
  -- Came from the log of an older installation, which kept no WhatsApp id.
  add column imported_at timestamptz,
  drop constraint message_logs_check1,
  add constraint message_logs_handed_over check (imported_at is not null or whatsapp_id is not null
    or status not in ('sending', 'sent', 'delivered', 'read', 'played', 'uncertain'));
