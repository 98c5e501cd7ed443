-- Keys that are limited to addresses, rotated, and show what they were used for; sends counted so that a kill changes nothing.

alter table api_keys
  -- Addresses and networks it may be used from; null: anywhere.
  add column addresses text[],
  -- The key before the last rotation, which works on for a while: SHA-256 and its first characters.
  add column previous_hash bytea,
  add column previous_prefix text,
  add column previous_expires_at timestamptz,
  add constraint api_keys_previous check ((previous_hash is null) = (previous_expires_at is null)
    and (previous_hash is null) = (previous_prefix is null));
create unique index api_keys_previous_hash on api_keys (previous_hash) where previous_hash is not null;

-- The last hundred requests of each key, newest first: [{at, method, path, status, ip_address}].
create table api_key_requests (
  key_id uuid primary key references api_keys on delete cascade,
  user_id uuid not null references users on delete cascade,
  requests jsonb not null
);

-- What a person sent in the last minute as of the last writing, and how much they may have sent since.
create table send_limits (
  user_id uuid primary key references users on delete cascade,
  -- [[slot, count], …] as in src/rules/bucket.ts.
  used jsonb not null,
  -- Taken in advance; nobody knows how much of it was used when the program was killed.
  block integer not null check (block >= 0)
);
