-- Messages of every kind: what they carry besides their text, the files that go with them, who wrote them.

create table files (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  -- Of the bytes, in hex: they lie under it in DATA_DIR/files, once for everybody.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  name text check (length(name) between 1 and 255),
  mime_type text not null check (length(mime_type) <= 255),
  size_bytes bigint not null check (size_bytes >= 0),
  origin text not null check (origin in ('upload', 'url', 'whatsapp')),
  created_at timestamptz not null default now(),
  -- Sent, answered or received with a message: what the retention counts from.
  used_at timestamptz not null default now()
);
create index files_user on files (user_id, id desc);
create index files_sha256 on files (sha256);
create index files_used on files (used_at);
select keep_to_owner('files');

alter table message_logs
  -- What it carries besides its text: src/rules/message-content.ts.
  add column content jsonb not null default '{}',
  -- The bytes; gone when their owner or the retention removed them.
  add column file_id uuid references files on delete set null,
  -- …@lid of who wrote it, where WhatsApp told.
  add column sender_lid text,
  -- What the sender calls themselves.
  add column sender_name text,
  -- Written while the account was away.
  add column caught_up boolean not null default false,
  -- When its writer last changed it, or took it back.
  add column edited_at timestamptz,
  add column deleted_at timestamptz;
create index message_logs_file on message_logs (file_id) where file_id is not null;
-- Files that are still to be fetched from WhatsApp.
create index message_logs_unfetched on message_logs (account_id, id)
  where direction = 'in' and content -> 'file' ->> 'state' = 'pending';
-- Edits, deletions and reactions are never acknowledged: nobody asks for their acks.
drop index message_logs_open;
create index message_logs_open on message_logs (account_id, id)
  where status in ('sending', 'uncertain', 'sent', 'delivered') and kind not in ('reaction', 'edit', 'delete');
