-- The full rules of gachas: what a player bought of a pool, boxes and steps,
-- exchange points, and all that a saga must remember to be priced, undone and
-- explained.

-- A revision is one text, its document, whose SHA-256 it is named by. Rules and
-- pity groups stand in it. Revisions from before it have none, and are not drawn
-- from any more.
alter table game_gacha.gacha_pools add column document mediumtext null;
alter table game_gacha.gacha_pools drop column rules;
alter table game_gacha.gacha_pools drop column pity_group;

-- By which a pool that comes back is held against what it was.
alter table game_gacha.gacha_pools add key gacha_pools_pool (pool_id, published_at);

-- What the pool's players are told of its odds, reckoned when it was published.
alter table game_gacha.gacha_pools add column odds json null;

-- Whether the last SSR missed the pickup, so that the next one is a pickup.
alter table game_gacha.player_pity add column is_pickup_due boolean not null default false;

-- What a player bought of a pool. `day` is counted from 1970-01-01 on the pool's
-- own clock; the two columns after it are of that day. `step` is the position
-- of the step that is next; `drawn_copies` is what is gone from the player's
-- box, by item.
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

-- Pools without pity have no group, and their draws wait for each other by pool.
alter table game_gacha.live_sagas change column pity_group draw_group varchar(80) not null;

-- And a player has one live saga for each pool, whatever its group: what was
-- bought of a pool hangs on that, also when a pool comes back under another
-- group. Sagas from before have none here.
alter table game_gacha.live_sagas add column pool_id varchar(64) null;
alter table game_gacha.live_sagas add unique key live_sagas_pool (user_id, pool_id);

-- What a saga was quoted (`quoted_at` decides the day), what it took of each kind
-- of gems, and which points it will give. With its draw: the player's number
-- for it and the seeds it was drawn from, and the player's state before and
-- after, so that it can be undone and checked. No number comes twice.
alter table game_gacha.sagas modify column pity_group varchar(64) null;
alter table game_gacha.sagas modify column pity_max_count int unsigned null;
alter table game_gacha.sagas add column step int unsigned not null default 0;
alter table game_gacha.sagas add column is_free boolean not null default false;
alter table game_gacha.sagas add column quoted_at timestamp(6) not null default current_timestamp(6);
alter table game_gacha.sagas add column charged_free_gems bigint unsigned not null default 0;
alter table game_gacha.sagas add column charged_paid_gems bigint unsigned not null default 0;
alter table game_gacha.sagas add column point_group varchar(64) null;
alter table game_gacha.sagas add column points bigint unsigned not null default 0;
alter table game_gacha.sagas add column draw_number bigint unsigned null;
alter table game_gacha.sagas add column client_seed varchar(64) null;
alter table game_gacha.sagas add column seed_period_id binary(16) null;
alter table game_gacha.sagas add column state_before json null;
alter table game_gacha.sagas add column state_after json null;
alter table game_gacha.sagas drop column pity_before;
alter table game_gacha.sagas drop column pity_after;
alter table game_gacha.sagas add unique key sagas_draw_number (user_id, draw_number);

-- Of sagas that were charged before there were two kinds of gems for one price:
-- what a refund gives back.
update game_gacha.sagas set charged_free_gems = cost_amount
  where cost_currency_type = 'free_gem' and status in ('CURRENCY_RESERVED', 'DRAW_COMPLETED', 'COMPLETED');
update game_gacha.sagas set charged_paid_gems = cost_amount
  where cost_currency_type = 'paid_gem' and status in ('CURRENCY_RESERVED', 'DRAW_COMPLETED', 'COMPLETED');
