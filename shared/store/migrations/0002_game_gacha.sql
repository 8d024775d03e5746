-- The gacha service: pools, sagas, the players' state in pools, and what they drew.
--
-- Every key begins with random bytes or a name, so inserts do not all go to the
-- end of one index. `live_sagas` and `seed_periods` have an index on times; their
-- comments say why that is harmless.

create database if not exists game_gacha;

-- Immutable revisions of pools. A revision is one text, its document, and its key
-- is the SHA-256 of that text, so publishing the same pool again adds nothing.
-- `odds` are the odds that players can read, computed at publication.
create table game_gacha.gacha_pools (
  revision     binary(32)   not null,
  pool_id      varchar(64)  not null,
  name         varchar(100) not null,
  opens_at     timestamp(6) not null,
  closes_at    timestamp(6) null,
  document     mediumtext   not null,
  odds         json         not null,
  published_at timestamp(6) not null default current_timestamp(6),
  primary key (revision),
  key gacha_pools_pool (pool_id, published_at)
);

-- The items of a revision.
create table game_gacha.gacha_items (
  revision       binary(32)   not null,
  item_master_id varchar(64)  not null,
  rarity         varchar(8)   not null,
  weight         int unsigned not null,
  is_pickup      boolean      not null,
  primary key (revision, item_master_id)
);

-- Which revision of a pool is on sale now. `presentation` is JSON: its name and
-- description in each language, and the key of its picture. It is here and not in the
-- revision, because a new translation is no new rule.
create table game_gacha.live_pools (
  pool_id      varchar(64)  not null,
  revision     binary(32)   not null,
  presentation text         null,
  updated_at   timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (pool_id)
);

-- Pools that operators have taken off sale for a while. To players they look as if they
-- were not there. Publishing does not end a pause.
create table game_gacha.paused_pools (
  pool_id   varchar(64)  not null,
  paused_at timestamp(6) not null default current_timestamp(6),
  primary key (pool_id)
);

-- How many draws in a row gave a player no SSR, and whether the last SSR missed
-- the pickup, so that the next one is a pickup. Pools of one pity group share a
-- row. Only Grant writes here.
create table game_gacha.player_pity (
  user_id       binary(16)   not null,
  pity_group    varchar(64)  not null,
  pity_count    int unsigned not null,
  is_pickup_due boolean      not null default false,
  updated_at    timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id, pity_group)
);

-- What a player has bought from a pool. `day` counts days from 1970-01-01 on the
-- pool's own clock; the two columns after it belong to that day. `step` is the
-- position of the next step; `drawn_copies` is how many copies of each item were
-- drawn from the player's box. Only Grant writes here.
create table game_gacha.player_pools (
  user_id            binary(16)      not null,
  pool_id            varchar(64)     not null,
  draw_total         bigint unsigned not null,
  day                int             not null,
  draws_on_day       int unsigned    not null,
  is_free_draw_taken boolean         not null,
  step               int unsigned    not null,
  drawn_copies       json            null,
  updated_at         timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id, pool_id)
);

-- One draw, from its price to its end. Every step locks the row first: it is the
-- lock, the fence and the idempotency record of all steps.
--
-- `fingerprint` is the SHA-256 of everything that the player asked for: a repeat of
-- the request has the same.
--
-- An order that the game refuses (`limit_reached`, `sold_out`, `price_changed`,
-- `revision_changed`, `draw_number_changed`) is recorded as a saga that is FAILED from the start, with the cost zero, so that the
-- same request gets the same refusal.
--
-- The quote is `step`, `is_free`, `quoted_at` (which decides the day) and the cost.
-- It was made from `state_before`, the player's state at that time. Reserve fills
-- the two `charged` columns, the gems that it took; a refund gives them back and
-- leaves the columns as they are. Grant gives the `points` together with the items.
--
-- Draw fills `draw_number`, the columns of the client seed, `seed_period_id`,
-- `state_after`, `results` and `salt`: the player's number for the purchase, the seeds
-- that it used, the state that follows, the drawn items, and random bytes that keep the
-- hash of its record from being guessed. If the player sent a client seed with the
-- purchase, `client_seed` has it from the start, and its origin is 'draw'. A saga with
-- an `expected_draw_number` takes this number or fails. Of the draw, a player can see
-- only the number before the saga has ended. In a FAILED saga all of it is void, but
-- kept. Grant fills `is_new`: which of the items the player did not have before.
--
-- A seal shows which step wrote a row: Reserve fills `reserve_seal` and Draw fills
-- `draw_seal`, each with a keyed hash of what the next step relies on. The key is
-- never in the database. So a row that somebody else wrote is not drawn or granted.
--
-- Reserve refuses a saga after `reserve_before`.
--
-- `sagas_period` is for the tree over the purchases of a period. A period is one place
-- in it, but the random ids scatter within that.
--
-- The timeline is `created_at`, for STARTED, and the columns from
-- `currency_reserved_at` on: when the saga reached each status, or null.
create table game_gacha.sagas (
  saga_id              binary(16)      not null,
  user_id              binary(16)      not null,
  fingerprint          binary(32)      not null,
  pool_id              varchar(64)     not null,
  pool_revision        binary(32)      not null,
  pity_group           varchar(64)     null,
  pity_max_count       int unsigned    null,
  rate_up_guarantee    boolean         not null default false,
  draw_count           int unsigned    not null,
  step                 int unsigned    not null default 0,
  is_free              boolean         not null default false,
  quoted_at            timestamp(6)    not null default current_timestamp(6),
  state_before         json            not null,
  cost_currency_type   varchar(16)     not null,
  cost_amount          bigint unsigned not null,
  point_group          varchar(64)     null,
  points               bigint unsigned not null default 0,
  status               varchar(20)     not null,
  failure_reason       varchar(32)     null,
  charged_free_gems    bigint unsigned not null default 0,
  charged_paid_gems    bigint unsigned not null default 0,
  expected_draw_number bigint unsigned null,
  draw_number          bigint unsigned null,
  client_seed          varchar(64)     null,
  client_seed_origin   varchar(8)      null,
  client_seed_set_at   timestamp(6)    null,
  seed_period_id       binary(16)      null,
  state_after          json            null,
  results              json            null,
  salt                 binary(16)      null,
  is_new               json            null,
  reserve_seal         binary(32)      null,
  draw_seal            binary(32)      null,
  reserve_before       timestamp(6)    not null,
  created_at           timestamp(6)    not null default current_timestamp(6),
  updated_at           timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  currency_reserved_at timestamp(6)    null,
  draw_completed_at    timestamp(6)    null,
  item_granted_at      timestamp(6)    null,
  completed_at         timestamp(6)    null,
  compensating_at      timestamp(6)    null,
  currency_refunded_at timestamp(6)    null,
  failed_at            timestamp(6)    null,
  primary key (saga_id),
  unique key sagas_draw_number (user_id, draw_number),
  key sagas_period (seed_period_id, saga_id)
);

-- The sagas that have not ended: at most one for each player and draw group (pools
-- that share pity are one group), and at most one for each player and pool, even if
-- the pool's group changes. The step that ends a saga deletes its row, so the table
-- stays small however many sagas there have been.
--
-- `next_attempt_at` is the lease: nobody takes the saga before it. Starting or
-- taking a saga sets it beyond the longest run. An operator can end it early.
--
-- Times only increase, so all inserts into an index that begins with a time go to
-- its end. `live_sagas_due` therefore begins with one of 16 shards, which is part
-- of the saga's random id. The index covers everything that a sweep reads.
create table game_gacha.live_sagas (
  user_id         binary(16)       not null,
  draw_group      varchar(80)      not null,
  pool_id         varchar(64)      not null,
  saga_id         binary(16)       not null,
  created_at      timestamp(6)     not null default current_timestamp(6),
  attempt_count   int unsigned     not null default 0,
  next_attempt_at timestamp(6)     not null default current_timestamp(6),
  shard           tinyint unsigned as (ascii(saga_id) & 15) virtual,
  primary key (user_id, draw_group),
  unique key live_sagas_pool (user_id, pool_id),
  unique key live_sagas_saga (saga_id),
  key live_sagas_due (shard, next_attempt_at, attempt_count, saga_id)
);

-- How often a player has done something in the minute with this number (minutes since
-- 1970): opened a draw, or exchanged points. The function that does it counts here, in
-- the transaction in which it acts, so no setting of the gateway lifts this limit.
-- There is one row for each player and act, deleted after a day without that act.
create table game_gacha.player_minutes (
  user_id       binary(16)   not null,
  act           varchar(16)  not null,
  minute_number int unsigned not null,
  act_count     int unsigned not null,
  updated_at    timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id, act)
) ttl = updated_at + interval 1 day;

-- The items that players drew and received. Only completed sagas have rows here.
create table game_gacha.gacha_histories (
  user_id        binary(16)   not null,
  saga_id        binary(16)   not null,
  draw_index     int unsigned not null,
  pool_id        varchar(64)  not null,
  item_master_id varchar(64)  not null,
  rarity         varchar(8)   not null,
  is_new         boolean      not null,
  is_pickup      boolean      not null,
  drawn_at       timestamp(6) not null default current_timestamp(6),
  primary key (user_id, saga_id, draw_index),
  key gacha_histories_listing (user_id, drawn_at, saga_id, draw_index)
);

-- How many exchange points a player has. As with gems, `entry_count` numbers
-- the entries of the ledger without gaps, and both change in one statement.
create table game_gacha.player_points (
  user_id     binary(16)      not null,
  point_group varchar(64)     not null,
  balance     bigint unsigned not null,
  entry_count bigint unsigned not null,
  primary key (user_id, point_group)
);

-- Every change of points. Append-only. `source_id` is the saga that gave them or
-- the exchange that took them; the key `point_ledger_once` lets each do so once.
create table game_gacha.point_ledger (
  user_id       binary(16)      not null,
  point_group   varchar(64)     not null,
  entry_id      bigint unsigned not null,
  delta         bigint          not null,
  balance_after bigint unsigned not null,
  reason        varchar(32)     not null,
  source_id     binary(16)      not null,
  created_at    timestamp(6)    not null default current_timestamp(6),
  primary key (user_id, point_group, entry_id),
  unique key point_ledger_once (source_id, reason)
);

-- Exchanges that the game refused, so that the same request gets the same refusal. An
-- exchange id is either here or in `point_exchanges`: both are written while the
-- player's points are locked.
create table game_gacha.refused_exchanges (
  exchange_id    binary(16)   not null,
  user_id        binary(16)   not null,
  pool_id        varchar(64)  not null,
  item_master_id varchar(64)  not null,
  reason         varchar(32)  not null,
  created_at     timestamp(6) not null default current_timestamp(6),
  primary key (exchange_id)
);

-- Exchanges of points for an item. Like a saga's id, the id of an exchange is
-- derived from player and idempotency key, so that a repeated request cannot take
-- points twice. (Without a key it is random.) game_inventory.item_grants has the
-- item under the same id.
create table game_gacha.point_exchanges (
  exchange_id    binary(16)      not null,
  user_id        binary(16)      not null,
  pool_id        varchar(64)     not null,
  pool_revision  binary(32)      not null,
  item_master_id varchar(64)     not null,
  point_group    varchar(64)     not null,
  points         bigint unsigned not null,
  balance_after  bigint unsigned not null,
  is_new         boolean         not null,
  created_at     timestamp(6)    not null default current_timestamp(6),
  primary key (exchange_id),
  key point_exchanges_user (user_id, created_at)
);

-- A time during which all draws use one seed; docs/fairness.md says why.
-- `commitment` is the SHA-256 of the seed, the start and the length of the period. It is
-- written before the period begins, at `published_at`; only the first period, and one
-- that no rotation prepared in time, are written while they run. `revealed_seed` is null
-- until some time after the period.
-- `root_hash` and the counts after it are the root of the tree over the period's
-- purchases; it is null until all of them have ended. Nothing else in a row changes,
-- and no row is deleted. Two rotations at once could give a period two seeds; the key on
-- its start refuses the second. Inserts go to the end of that key, but by default there
-- is only one a day.
create table game_gacha.seed_periods (
  period_id      binary(16)      not null,
  commitment     binary(32)      not null,
  starts_at      timestamp(6)    not null,
  ends_at        timestamp(6)    not null,
  revealed_seed  binary(32)      null,
  published_at   timestamp(6)    not null default current_timestamp(6),
  root_hash      binary(32)      null,
  purchase_count bigint unsigned not null default 0,
  void_count     bigint unsigned not null default 0,
  r_count        bigint unsigned not null default 0,
  sr_count       bigint unsigned not null default 0,
  ssr_count      bigint unsigned not null default 0,
  primary key (period_id),
  unique key seed_periods_start (starts_at)
);

-- The trees over the purchases of periods. A node of level 1 is the root over up to 256
-- sagas with neighbouring ids, and one of a level above is the root over up to 256 nodes
-- of the level below; docs/fairness.md has the hashes. The counts are those of all
-- purchases under the node. Rows are never changed.
create table game_gacha.tree_nodes (
  period_id      binary(16)       not null,
  level          tinyint unsigned not null,
  first_saga_id  binary(16)       not null,
  last_saga_id   binary(16)       not null,
  hash           binary(32)       not null,
  purchase_count bigint unsigned  not null,
  void_count     bigint unsigned  not null,
  r_count        bigint unsigned  not null,
  sr_count       bigint unsigned  not null,
  ssr_count      bigint unsigned  not null,
  primary key (period_id, level, first_saga_id)
);

-- The secret seed of each period, encrypted. The key is in KMS, and only the step that
-- draws and the function that makes seeds may use it; so whoever reads this table, or
-- a backup of it, learns no seed. It is a table of its own so that it can have rights
-- of its own. Rows are kept.
create table game_gacha.server_seeds (
  period_id  binary(16)     not null,
  ciphertext varbinary(512) not null,
  primary key (period_id)
);

-- The player's own seed, and how many draw numbers they have taken: the next one is
-- `draw_count` + 1. A purchase takes its number in the transaction that records its
-- results, and locks the row until that commits, so that two purchases of one player
-- never get the same number. `set_at` is null until the player sets a seed. Players who
-- neither drew nor set a seed have no row. `changes` is how often they changed the seed
-- on `change_day`, counted from 1970-01-01.
create table game_gacha.player_seeds (
  user_id     binary(16)      not null,
  client_seed varchar(64)     not null,
  set_at      timestamp(6)    null,
  draw_count  bigint unsigned not null,
  change_day  int             not null default 0,
  changes     int unsigned    not null default 0,
  updated_at  timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id)
);

-- The progress of the audit of all players, in the row 'books': where it continues, and
-- what it has found since it last started from the first player. The row 'last pass' has
-- what the pass before found when it ended, so that a violation is seen until a later pass
-- ends without it. `void_items` counts by rarity the items of draws that failed after they
-- were drawn.
create table game_gacha.audit_progress (
  audit_id        varchar(16)     not null,
  next_user_id    binary(16)      not null,
  player_count    bigint unsigned not null,
  violation_count bigint unsigned not null,
  redrawn_count   bigint unsigned not null default 0,
  void_items      json            null,
  updated_at      timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (audit_id)
);
