-- One message for one request however often it is made; who is known to an account; which numbers are on WhatsApp.

create table idempotency_keys (
  user_id uuid not null references users on delete cascade,
  -- The caller's key, or a hash of the request itself for a GET that is made twice within seconds.
  key text not null check (length(key) between 1 and 255),
  -- SHA-256 of what was asked: another request under the same key is refused.
  request_hash bytea not null,
  message_id uuid not null,
  expires_at timestamptz not null,
  primary key (user_id, key)
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);

-- Who an account has written to or heard from, and since when.
create table contacts (
  account_id uuid not null references accounts on delete cascade,
  user_id uuid not null references users on delete cascade,
  -- As in message_logs.receiver_number.
  number text not null,
  first_in_at timestamptz,
  first_out_at timestamptz,
  primary key (account_id, number),
  check (first_in_at is not null or first_out_at is not null)
);
-- People an account wrote to first: what the cap for new contacts counts.
create index contacts_new on contacts (account_id, first_out_at) where first_in_at is null or first_in_at > first_out_at;

create table number_checks (
  user_id uuid not null references users on delete cascade,
  number text not null,
  -- Null: not on WhatsApp.
  chat_id text,
  checked_at timestamptz not null default now(),
  primary key (user_id, number)
);

alter table accounts
  -- WhatsApp refused to open new chats: none are opened until the owner says so.
  add column new_chats_refused_at timestamptz;

-- Hand-overs of the last day, for pacing.
create index message_logs_claimed on message_logs (account_id, claimed_at) where claimed_at is not null;

alter table message_logs
  -- The message of which its owner asked to send it once more.
  add column resend_of uuid;
