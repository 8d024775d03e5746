-- The inventory service: the items of the game, and who owns them.

create database if not exists game_inventory;

-- Every item of the game, from master data. Rows are never deleted, because players
-- may own the item.
create table game_inventory.item_masters (
  item_master_id varchar(64)  not null,
  name           varchar(100) not null,
  rarity         varchar(8)   not null,
  kind           varchar(32)  not null,
  primary key (item_master_id)
);

-- The items that a player owns.
create table game_inventory.user_items (
  user_id           binary(16)      not null,
  item_master_id    varchar(64)     not null,
  quantity          bigint unsigned not null,
  first_acquired_at timestamp(6)    not null default current_timestamp(6),
  primary key (user_id, item_master_id)
);

-- Every item that a saga or an exchange gave; `saga_id` is the id of either.
-- Append-only; the primary key refuses a second grant.
create table game_inventory.item_grants (
  saga_id        binary(16)   not null,
  draw_index     int unsigned not null,
  user_id        binary(16)   not null,
  item_master_id varchar(64)  not null,
  granted_at     timestamp(6) not null default current_timestamp(6),
  primary key (saga_id, draw_index),
  key item_grants_user (user_id, item_master_id)
);
