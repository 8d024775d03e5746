-- The gacha service: pools, sagas, pity and history.

create database if not exists game_gacha;

-- Immutable revisions of pools. `revision` is the SHA-256 of all that the pool
-- is, so publishing the same pool again changes nothing. `rules` holds what
-- only the draw reads: prices, pity and rarity weights.
create table game_gacha.gacha_pools (
  revision     binary(32)   not null,
  pool_id      varchar(64)  not null,
  name         varchar(100) not null,
  pity_group   varchar(64)  not null,
  opens_at     timestamp(6) not null,
  closes_at    timestamp(6) null,
  rules        json         not null,
  published_at timestamp(6) not null default current_timestamp(6),
  primary key (revision)
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

-- Which revision of a pool is sold now.
create table game_gacha.live_pools (
  pool_id    varchar(64)  not null,
  revision   binary(32)   not null,
  updated_at timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (pool_id)
);

-- How many draws without an SSR lie behind a player. Pools of one group share it.
create table game_gacha.player_pity (
  user_id    binary(16)   not null,
  pity_group varchar(64)  not null,
  pity_count int unsigned not null,
  updated_at timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id, pity_group)
);

-- One draw from its price to its end. The row is locked first by every step:
-- it is the lock, the fence and the idempotency record of them all.
-- `pity_before` and `pity_after` are null until the draw is recorded.
create table game_gacha.sagas (
  saga_id            binary(16)      not null,
  user_id            binary(16)      not null,
  pool_id            varchar(64)     not null,
  pool_revision      binary(32)      not null,
  pity_group         varchar(64)     not null,
  pity_max_count     int unsigned    not null,
  draw_count         int unsigned    not null,
  status             varchar(20)     not null,
  cost_currency_type varchar(16)     not null,
  cost_amount        bigint unsigned not null,
  failure_reason     varchar(32)     null,
  pity_before        int unsigned    null,
  pity_after         int unsigned    null,
  event_count        int unsigned    not null,
  reserve_before     timestamp(6)    not null,
  created_at         timestamp(6)    not null default current_timestamp(6),
  updated_at         timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (saga_id)
);

-- The timeline of a saga, numbered from 1 without gaps.
create table game_gacha.saga_events (
  saga_id binary(16)   not null,
  seq     int unsigned not null,
  status  varchar(20)  not null,
  at      timestamp(6) not null default current_timestamp(6),
  primary key (saga_id, seq)
);

-- The sagas that are not at their end: at most one for each player and pity
-- group. Rows leave with the saga's last status, so the table stays small
-- however many sagas there have been.
create table game_gacha.live_sagas (
  user_id    binary(16)   not null,
  pity_group varchar(64)  not null,
  saga_id    binary(16)   not null,
  created_at timestamp(6) not null default current_timestamp(6),
  primary key (user_id, pity_group),
  unique key live_sagas_saga (saga_id)
);

-- What was drawn, numbered from 0. Nobody sees it before the saga is
-- COMPLETED; of a FAILED saga it is void, and kept.
create table game_gacha.draw_results (
  saga_id        binary(16)   not null,
  draw_index     int unsigned not null,
  item_master_id varchar(64)  not null,
  rarity         varchar(8)   not null,
  is_pickup      boolean      not null,
  primary key (saga_id, draw_index)
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
