-- The user service: who plays, from which device, with which gems.
--
-- Every key begins with random bytes (a UUID or a hash), so inserts are spread
-- over the key range and no region gets them all. Times are UTC, in microseconds.
-- TiDB does not enforce CHECK constraints by default; unsigned columns and guarded
-- updates protect the balances.

create database if not exists game_user;

-- A player. `version` increases with every change that the player makes, so that
-- of two concurrent changes the second is refused, and overwrites nothing. Clients give
-- `account_token`, which is random, to stores with a purchase, so that the store says
-- for whom it is. A suspension ends at `suspended_until`, if that is set. Of a deleted
-- player (`deleted_at`) the row stays, because the books name it, and nothing in it
-- tells who it was: the name is empty, and player id and account token are random.
create table game_user.users (
  user_id         binary(16)   not null,
  player_id       char(15)     not null,
  display_name    varchar(20)  not null,
  is_guest        boolean      not null,
  version         int unsigned not null default 1,
  account_token   binary(16)   not null,
  suspended_at    timestamp(6) null,
  suspended_until timestamp(6) null,
  deleted_at      timestamp(6) null,
  created_at      timestamp(6) not null default current_timestamp(6),
  primary key (user_id),
  unique key users_player_id (player_id),
  unique key users_account_token (account_token)
);

-- Which player a device logs in as. The id of a device is a secret, so this table
-- has only a keyed hash of it (HMAC-SHA-256; the key is never in the database). A login
-- hashes it anew when the key was replaced; `registration_id` stays, and sessions name it.
--
-- `secret_hash` is SHA-256 of the secret that the client has shown (256 random bits need no
-- salt). `given_hash` is that of the one it was given last and has not shown yet, in the
-- answer that began the session `given_to`, if it began one. Both are unique, because a
-- secret finds its device by itself if the id was hashed with a key that is gone. A device
-- that has ended has neither, and `end_reason` is what its next login is told.
create table game_user.devices (
  device_hash     binary(32)   not null,
  registration_id binary(16)   not null,
  user_id         binary(16)   not null,
  device_type     varchar(16)  not null,
  secret_hash     binary(32)   null,
  given_hash      binary(32)   null,
  given_to        binary(16)   null,
  ended_at        timestamp(6) null,
  end_reason      varchar(16)  null,
  created_at      timestamp(6) not null default current_timestamp(6),
  primary key (device_hash),
  unique key devices_secret (secret_hash),
  unique key devices_given (given_hash),
  key devices_user (user_id)
);

-- The code by which a player moves to another device: one for each player, and a new one
-- takes its place. The code has 80 random bits, so SHA-256 of it needs no salt; the
-- password is the player's choice, so it is hashed with Argon2id, and `password_hash` is
-- the whole text with salt and parameters. `tries` counts every try before its password
-- is checked, so that no number of tries at once gets past the limit. The row is
-- deleted 30 days after the code has expired.
create table game_user.transfer_codes (
  user_id       binary(16)   not null,
  code_hash     binary(32)   not null,
  password_hash varchar(128) not null,
  tries         int unsigned not null default 0,
  made_at       timestamp(6) not null default current_timestamp(6),
  expires_at    timestamp(6) not null,
  used_at       timestamp(6) null,
  primary key (user_id),
  unique key transfer_codes_code (code_hash)
) ttl = expires_at + interval 30 day;

-- How many gems of each kind a player has. `entry_count` numbers the ledger
-- entries of this balance without gaps; both columns change in one statement. The row
-- of paid gems is the lock of all that there is of a player's paid gems: lots, entries
-- and debts. `owed` is what a player owes for revoked purchases, and `debt_count` numbers
-- the changes of that; both are always 0 for free gems. The paid gems of a deleted player
-- are closed (`closed_at`): whatever still comes to them is written off at once.
create table game_user.currencies (
  user_id       binary(16)      not null,
  currency_type varchar(16)     not null,
  balance       bigint unsigned not null,
  entry_count   bigint unsigned not null,
  owed          bigint unsigned not null default 0,
  debt_count    bigint unsigned not null default 0,
  closed_at     timestamp(6)    null,
  primary key (user_id, currency_type)
);

-- Every change of every balance. Append-only: except for the administrator, no
-- database user may update or delete rows. The key `currency_ledger_once` lets a
-- saga be charged once and refunded once for each currency. `currency_ledger_source`
-- does the same for what is no saga: a purchase, a received present, an operator's
-- act. Entries of gems that expired, or were written off with their player's account, name
-- neither, because their lots say where they were.
create table game_user.currency_ledger (
  user_id       binary(16)      not null,
  currency_type varchar(16)     not null,
  entry_id      bigint unsigned not null,
  delta         bigint          not null,
  balance_after bigint unsigned not null,
  reason        varchar(32)     not null,
  saga_id       binary(16)      null,
  source_id     binary(16)      null,
  created_at    timestamp(6)    not null default current_timestamp(6),
  primary key (user_id, currency_type, entry_id),
  unique key currency_ledger_once (saga_id, currency_type, reason),
  unique key currency_ledger_source (source_id, currency_type, reason),
  key currency_ledger_listing (user_id, created_at, currency_type, entry_id)
);

-- Paid gems live in lots: what one purchase, gift or act brought. `price_micros` is
-- what was paid for the whole lot, in millionths of a unit of `money_code` (ISO 4217).
-- `remaining` is what is left, `expired` what was written off, `settled` what went to
-- debts. `revocation_count` counts how often its store took the purchase back, and
-- `is_taken_back` says whether it stands so now; `paid_gem_revocations` has each time. A
-- lot that came for a restored purchase, whose debt others had settled, names the lot of
-- that purchase in `restores_lot_number`, and is taken back whenever that one is.
-- `source_id` is unique, so nothing brings two lots. `paid_gem_lots_expiring` begins with
-- one of 16 shards, which is part of the player's random id, and has expired lots only
-- until the sweep has emptied them.
create table game_user.paid_gem_lots (
  user_id             binary(16)       not null,
  lot_number          bigint unsigned  not null,
  source_id           binary(16)       not null,
  origin              varchar(16)      not null,
  store               varchar(16)      null,
  product_id          varchar(64)      null,
  money_code          char(3)          null,
  price_micros        bigint unsigned  not null default 0,
  granted             bigint unsigned  not null,
  remaining           bigint unsigned  not null,
  expired             bigint unsigned  not null default 0,
  settled             bigint unsigned  not null default 0,
  expires_at          timestamp(6)     null,
  revocation_count    int unsigned     not null default 0,
  is_taken_back       boolean          not null default false,
  restores_lot_number bigint unsigned  null,
  created_at          timestamp(6)     not null default current_timestamp(6),
  shard               tinyint unsigned as (ascii(user_id) & 15) virtual,
  is_open             boolean          as (remaining > 0) virtual,
  primary key (user_id, lot_number),
  unique key paid_gem_lots_source (source_id),
  key paid_gem_lots_expiring (shard, is_open, expires_at)
);

-- Each time that a store took the purchase of a lot back. `revocation_number` counts those
-- of a lot from 1 without gaps. `taken` and `owed` say what was left of the lot then, and
-- what was gone. `restored_at` is written once, when the store reverses it; only then can
-- there be a next one. Clocks of servers differ, so a replay of the ledger does not go by
-- times: `…_after` is the player's last entry of paid gems before it, and `…_act` counts
-- what stores did to the player's lots.
create table game_user.paid_gem_revocations (
  user_id           binary(16)      not null,
  lot_number        bigint unsigned not null,
  revocation_number int unsigned    not null,
  taken             bigint unsigned not null,
  owed              bigint unsigned not null,
  revoked_at        timestamp(6)    not null,
  revoked_after     bigint unsigned not null,
  revoked_act       bigint unsigned not null,
  restored_at       timestamp(6)    null,
  restored_after    bigint unsigned null,
  restored_act      bigint unsigned null,
  primary key (user_id, lot_number, revocation_number)
);

-- Which lots each ledger entry of paid gems took from or gave to. Append-only. The
-- lots of an entry add up to its delta, and the entries of a lot to what is left in it.
create table game_user.paid_gem_lot_entries (
  user_id    binary(16)      not null,
  entry_id   bigint unsigned not null,
  lot_number bigint unsigned not null,
  delta      bigint          not null,
  primary key (user_id, entry_id, lot_number),
  key paid_gem_lot_entries_lot (user_id, lot_number)
);

-- Every change of what a player owes. Append-only; `debt_id` counts a player's rows
-- without gaps. `lot_number` is the revoked or restored lot, or the one whose gems
-- settled; `entry_id` is the ledger entry that took them.
create table game_user.paid_gem_debts (
  user_id    binary(16)      not null,
  debt_id    bigint unsigned not null,
  lot_number bigint unsigned not null,
  delta      bigint          not null,
  owed_after bigint unsigned not null,
  reason     varchar(32)     not null,
  entry_id   bigint unsigned null,
  created_at timestamp(6)    not null default current_timestamp(6),
  primary key (user_id, debt_id)
);

-- One login: the chain of refresh tokens that began with it. The row is locked
-- whenever a token of the family is used, so that ending a family cannot race with
-- an exchange. `registration_id` and `device_type` say on which device it began, where
-- the client named one; `used_at` is when a token of it was last used. `end_reason` tells
-- the player's old device why it was ended.
create table game_user.refresh_token_families (
  family_id       binary(16)   not null,
  user_id         binary(16)   not null,
  registration_id binary(16)   null,
  device_type     varchar(16)  null,
  created_at      timestamp(6) not null default current_timestamp(6),
  used_at         timestamp(6) not null default current_timestamp(6),
  ended_at        timestamp(6) null,
  end_reason      varchar(16)  null,
  expires_at      timestamp(6) not null,
  primary key (family_id),
  key refresh_token_families_user (user_id)
) ttl = expires_at + interval 30 day;

-- Refresh tokens, hashed (SHA-256 of 256 random bits needs no salt). A used token
-- is kept, because seeing it again shows that it was stolen. Its successor is a hash
-- of the token itself and of `successor_salt`, so a client whose answer was lost can
-- get the same successor again, and a reader of this table knows no token. Tokens and
-- families are deleted 30 days after they expire.
create table game_user.refresh_tokens (
  token_hash     binary(32)   not null,
  family_id      binary(16)   not null,
  used_at        timestamp(6) null,
  successor_salt binary(32)   null,
  expires_at     timestamp(6) not null,
  primary key (token_hash)
) ttl = expires_at + interval 30 day;

-- What a network has done in the hour with this number (hours since 1970): guests that
-- it made, transfer codes that it tried, or attestations that it had checked. A network is
-- known by a keyed hash of its address (HMAC-SHA-256), as a device is. There is one row for
-- each network and act, deleted after a day without another.
create table game_user.network_hours (
  network_hash binary(32)   not null,
  act          varchar(16)  not null,
  hour_number  int unsigned not null,
  act_count    int unsigned not null,
  updated_at   timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (network_hash, act)
) ttl = updated_at + interval 1 day;

-- Players who asked to be deleted, and when it is due. Until then a login that says so
-- takes it back, and deletes the row. `deletions_due` begins with one of 16 shards, which
-- is part of the player's random id, because times only increase.
create table game_user.deletions (
  user_id  binary(16)       not null,
  due_at   timestamp(6)     not null,
  asked_at timestamp(6)     not null default current_timestamp(6),
  shard    tinyint unsigned as (ascii(user_id) & 15) virtual,
  primary key (user_id),
  key deletions_due (shard, due_at)
);

-- The day (UTC) on which a player last logged in or renewed a session. By it delete-players
-- finds guests who do not come any more. It deletes the rows of players whom it keeps for
-- good, because they bought or linked something; the next login writes them again.
create table game_user.visits (
  user_id binary(16)       not null,
  seen_on date             not null,
  shard   tinyint unsigned as (ascii(user_id) & 15) virtual,
  primary key (user_id),
  key visits_last (shard, seen_on)
);

-- Accounts elsewhere by which players log in: one of each provider at most. `subject` is
-- the provider's own name for the account, and the key `links_subject` makes one account
-- one player.
create table game_user.links (
  user_id   binary(16)   not null,
  provider  varchar(8)   not null,
  subject   varchar(255) character set ascii collate ascii_bin not null,
  linked_at timestamp(6) not null default current_timestamp(6),
  primary key (user_id, provider),
  unique key links_subject (subject, provider)
);

-- Identity tokens that were used, by their hash (SHA-256), so that none is used twice. A
-- row is deleted a day after the token expires.
create table game_user.used_identity_tokens (
  token_hash binary(32)   not null,
  expires_at timestamp(6) not null,
  primary key (token_hash)
) ttl = expires_at + interval 1 day;

-- Challenges that attested devices have answered, by their hash (SHA-256), so that none is
-- answered twice. A row is deleted a day after the challenge expires.
create table game_user.used_challenges (
  challenge_hash binary(32)   not null,
  expires_at     timestamp(6) not null,
  primary key (challenge_hash)
) ttl = expires_at + interval 1 day;
