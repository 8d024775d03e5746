-- The gacha service: pools, sagas, what players may draw, and what they drew.
--
-- Every key begins with random bytes or a name, so no table grows at one hot
-- end. `live_sagas` and `seed_periods` say how they keep to that.

create database if not exists game_gacha;

-- Immutable revisions of pools. A revision is one text, its document, and is
-- named by the SHA-256 of it: publishing the same pool again changes nothing.
-- `odds` is what players can read of its odds, computed when it was published.
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

-- Which revision of a pool is on sale now.
create table game_gacha.live_pools (
  pool_id    varchar(64)  not null,
  revision   binary(32)   not null,
  updated_at timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (pool_id)
);

-- How many draws without an SSR lie behind a player, and whether the last SSR
-- missed the pickup, so that the next one is a pickup. Pools of one group share
-- a row. Only Grant writes here.
create table game_gacha.player_pity (
  user_id       binary(16)   not null,
  pity_group    varchar(64)  not null,
  pity_count    int unsigned not null,
  is_pickup_due boolean      not null default false,
  updated_at    timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id, pity_group)
);

-- What a player bought of a pool. `day` is counted from 1970-01-01 on the pool's
-- own clock; the two columns after it are of that day. `step` is the position
-- of the step that is next; `drawn_copies` is what is gone from the player's
-- box, by item. Only Grant writes here.
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

-- One draw from its price to its end. Every step locks the row first: it is the
-- lock, the fence and the idempotency record of them all.
--
-- What was quoted: `step`, `is_free`, `quoted_at` (which decides the day) and the
-- cost, by `state_before`, where the player stood. What was taken, of each kind of
-- gems; a refund gives it back, and it stays. `points` come with the items.
--
-- Draw fills what follows `draw_number`: the player's number for the draw, the
-- seeds, the state that follows, and the drawn items. Nobody sees
-- them before the saga is COMPLETED; of a FAILED saga they are void, and kept.
-- `is_new` says which of the items were new to the player; Grant fills it.
--
-- The timeline is the columns that end in `_at`: when the saga reached each
-- status, or null. `created_at` is STARTED.
create table game_gacha.sagas (
  saga_id              binary(16)      not null,
  user_id              binary(16)      not null,
  pool_id              varchar(64)     not null,
  pool_revision        binary(32)      not null,
  pity_group           varchar(64)     null,
  pity_max_count       int unsigned    null,
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
  draw_number          bigint unsigned null,
  client_seed          varchar(64)     null,
  seed_period_id       binary(16)      null,
  state_after          json            null,
  results              json            null,
  is_new               json            null,
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
  unique key sagas_draw_number (user_id, draw_number)
);

-- The sagas that are not at their end: at most one for each player and draw
-- group (pools that share pity are one group), and at most one for each player
-- and pool, also when a pool comes back under another group. Rows leave with
-- the saga's last status, so the table stays small however many sagas there
-- have been.
--
-- `next_attempt_at` is the lease: whoever starts or takes a saga sets it beyond
-- the longest run, and nobody takes the saga before that.
--
-- Times rise, and an index that began with one would grow at one hot end. So
-- `live_sagas_due` begins with a shard, which is random like the ids of sagas,
-- and grows at 16 ends. It has all that a sweep reads.
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

-- What players drew and received: only of completed sagas.
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

-- Every change of points. Append-only. `source_id` is the saga that gave them
-- or the exchange that took them, and each does so once.
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

-- Points that became an item. Like a saga's, the id of an exchange is derived
-- from player and key, so that the same request cannot take points twice. Its
-- item is in game_inventory.item_grants under the same id.
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
-- `commitment` is the SHA-256 of the seed, and is here before the period begins;
-- `revealed_seed` is null until it is over. Nothing else ever changes in a row,
-- and none is deleted. Two rotations at once would give a period two seeds: the
-- key on its start refuses the second. That key grows at its end, by a row a day.
create table game_gacha.seed_periods (
  period_id     binary(16)   not null,
  commitment    binary(32)   not null,
  starts_at     timestamp(6) not null,
  ends_at       timestamp(6) not null,
  revealed_seed binary(32)   null,
  published_at  timestamp(6) not null default current_timestamp(6),
  primary key (period_id),
  unique key seed_periods_start (starts_at)
);

-- The secret seed of each period, in a table of its own so that rights can
-- tell it from what is public: only the step that draws and the function that
-- makes seeds may read here. Rows stay; once revealed they are no secret.
create table game_gacha.server_seeds (
  period_id binary(16) not null,
  seed      binary(32) not null,
  primary key (period_id)
);

-- The player's own part of their draws, and how many draw numbers they have
-- taken: the next one is `draw_count` + 1. A draw takes its number in the
-- transaction that records its results, and holds the row until then, so that
-- two draws of one player never get the same number. Players who neither drew
-- nor set a seed have no row.
create table game_gacha.player_seeds (
  user_id     binary(16)      not null,
  client_seed varchar(64)     not null,
  draw_count  bigint unsigned not null,
  updated_at  timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id)
);

-- How far the audit of all players has come: where it goes on, and what it has
-- found since it began anew. One row.
create table game_gacha.audit_progress (
  audit_id        varchar(16)     not null,
  next_user_id    binary(16)      not null,
  player_count    bigint unsigned not null,
  violation_count bigint unsigned not null,
  updated_at      timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (audit_id)
);
