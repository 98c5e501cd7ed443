-- An account behind a proxy: where its network lets nothing else out.

alter table accounts
  -- The whole address with its login, sealed with the key in DATA_DIR.
  add column proxy bytea,
  -- Scheme, host and port of it, for people.
  add column proxy_server text,
  add constraint accounts_proxy check ((proxy is null) = (proxy_server is null));
