-- People, their accounts, their messages, and the record of what happened. Ids are UUIDv7 made by the program.

create table users (
  id uuid primary key,
  email text not null check (email = lower(email) and length(email) <= 254),
  password_hash text not null,
  role text not null default 'user' check (role in ('user', 'admin')),
  status text not null default 'active' check (status in ('active', 'suspended')),
  -- Sends a minute; null: whatever settings.default_rate_limit says.
  rate_limit integer check (rate_limit > 0),
  created_at timestamptz not null default now()
);
create unique index users_email on users (email);

-- A signed-in browser or program. The token is a JWT of hours; this row is what keeps it alive.
create table sessions (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  ip_address text,
  user_agent text
);
create index sessions_user on sessions (user_id);

create table api_keys (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  name text not null check (length(name) between 1 and 100),
  -- The first characters of the key, so that a person recognises it.
  prefix text not null,
  -- SHA-256 of the whole key; the key itself is nowhere.
  key_hash bytea not null,
  scopes text[] not null default '{send}',
  -- Null: every account of the person.
  account_ids uuid[],
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create unique index api_keys_hash on api_keys (key_hash);
create index api_keys_user on api_keys (user_id, id);

create table settings (
  id integer primary key check (id = 1),
  default_rate_limit integer not null default 60 check (default_rate_limit > 0),
  max_rate_limit integer not null default 600 check (max_rate_limit > 0),
  enable_registration boolean not null default true,
  maintenance_mode boolean not null default false,
  updated_at timestamptz not null default now()
);
insert into settings (id) values (1);

-- The one-time link of an installation without an admin: SHA-256 of its token.
create table setup_tokens (
  token_hash bytea primary key,
  created_at timestamptz not null default now()
);

create table accounts (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  name text not null check (length(name) between 1 and 100),
  -- Digits of the linked phone, null while nothing is linked.
  phone text,
  state text not null default 'stopped' check (state in ('stopped', 'starting', 'qr', 'pairing', 'syncing', 'ready',
    'reconnecting', 'action_required', 'conflict', 'logged_out', 'qr_expired', 'failed')),
  reason text,
  since timestamptz not null default now(),
  -- What the owner asked for; the supervisor brings the state to it.
  wanted boolean not null default false,
  -- Counts links: one profile folder each.
  generation integer not null default 1,
  -- Counts starts of Worker and browser.
  run integer not null default 0,
  -- Failed starts in a row, and when the next try is due.
  attempts integer not null default 0,
  next_try_at timestamptz,
  pairing_phone text,
  linked_at timestamptz,
  on_uncertain text not null default 'hold' check (on_uncertain in ('hold', 'resend', 'drop')),
  -- Null: the product's defaults. {"off": true}: none. Otherwise the limits that differ from the defaults.
  pacing jsonb,
  created_at timestamptz not null default now()
);
create index accounts_user on accounts (user_id, id);
create index accounts_wanted on accounts (id) where wanted;

create table message_logs (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  account_id uuid references accounts on delete set null,
  direction text not null default 'out' check (direction in ('out', 'in')),
  -- As people write it: + and digits, a group's id, a LID. For an incoming message: who it came from.
  receiver_number text not null,
  -- The chat it goes to or came from: …@c.us, …@g.us, …@lid.
  chat_id text not null,
  message_body text not null,
  kind text not null default 'text',
  status text not null check (status in ('scheduled', 'queued', 'sending', 'sent', 'delivered', 'read', 'played',
    'failed', 'expired', 'cancelled', 'uncertain', 'received')),
  -- Why it failed, waits or is uncertain: a code of the closed lists in src/rules.
  reason text,
  source text not null check (source in ('dashboard', 'api', 'whatsapp')),
  -- 0 before 1 before 2: replies and single sends, then bulk.
  priority smallint not null default 1 check (priority between 0 and 9),
  -- Written before the hand-over: the id chosen for it and the run that was asked.
  whatsapp_id text,
  generation integer,
  run integer,
  -- The page load that got the call, once known: only while it lives is an unknown id proof of absence.
  page_load text,
  send_at timestamptz,
  -- Not before this moment after a refusal that may pass.
  not_before timestamptz,
  attempts smallint not null default 0,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  claimed_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  check ((direction = 'in') = (status = 'received')),
  check (status not in ('sending', 'sent', 'delivered', 'read', 'played', 'uncertain') or whatsapp_id is not null)
);
-- One row a WhatsApp id and account, whatever is reported twice.
create unique index message_logs_whatsapp on message_logs (account_id, whatsapp_id);
-- Lists, newest first, by each filter that has few values or one.
create index message_logs_user on message_logs (user_id, id desc);
create index message_logs_user_status on message_logs (user_id, status, id desc);
create index message_logs_user_account on message_logs (user_id, account_id, id desc);
create index message_logs_user_number on message_logs (user_id, receiver_number, id desc);
create index message_logs_user_source on message_logs (user_id, source, id desc);
-- The queue of an account in the order in which it goes out.
create index message_logs_queue on message_logs (account_id, priority, id) where status = 'queued';
create index message_logs_scheduled on message_logs (send_at) where status = 'scheduled';
create index message_logs_deadline on message_logs (expires_at) where status in ('scheduled', 'queued', 'sending');
-- Handed over and not yet final: what the acks are asked for.
create index message_logs_open on message_logs (account_id, id) where status in ('sending', 'uncertain', 'sent', 'delivered');

-- What happened: drives timelines, the live view and whatever is told to others.
create table events (
  id uuid primary key,
  -- A page of events holds only what no running transaction can still add to; (xid, id) is the cursor.
  xid xid8 not null default pg_current_xact_id(),
  user_id uuid not null references users on delete cascade,
  account_id uuid,
  message_id uuid,
  type text not null,
  data jsonb not null default '{}',
  at timestamptz not null default clock_timestamp()
);
create index events_user on events (user_id, xid, id);
create index events_message on events (message_id, xid, id) where message_id is not null;

create table activity_logs (
  id uuid primary key,
  -- Kept without the person: the record outlives them.
  user_id uuid references users on delete set null,
  user_email text,
  action text not null,
  details jsonb not null default '{}',
  ip_address text,
  created_at timestamptz not null default now()
);
create index activity_logs_user on activity_logs (user_id, id desc);
create index activity_logs_id on activity_logs (id desc);
