-- The inventory service: the items of the game, and who owns them.

create database if not exists game_inventory;

-- Every item of the game, from master data. Rows are never deleted, because players
-- may own the item. `presentation` is JSON: its name and description in each language,
-- and the key of its picture.
create table game_inventory.item_masters (
  item_master_id varchar(64)  not null,
  name           varchar(100) not null,
  rarity         varchar(8)   not null,
  kind           varchar(32)  not null,
  presentation   text         null,
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

-- Every item that a saga, an exchange or a present gave; `saga_id` is the id of the saga
-- or the exchange, or of the receipt of the present.
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

-- Presents, as they were sent. `audience` is `everyone`, or `listed` for one player or a
-- list. `items` is a JSON list of item ids and quantities. `act_id` is the operator's act
-- that sent it. Append-only.
create table game_inventory.presents (
  present_id binary(16)      not null,
  act_id     binary(16)      not null,
  audience   varchar(16)     not null,
  title      varchar(100)    not null,
  message    varchar(500)    not null,
  free_gems  bigint unsigned not null,
  paid_gems  bigint unsigned not null,
  items      text            not null,
  starts_at  timestamp(6)    not null,
  ends_at    timestamp(6)    not null,
  created_at timestamp(6)    not null default current_timestamp(6),
  primary key (present_id),
  unique key presents_act (act_id),
  key presents_audience (audience, ends_at)
);

-- Who has a listed present in the mailbox. A present for everyone has no rows here:
-- whoever asks within its period has it.
create table game_inventory.player_presents (
  user_id    binary(16) not null,
  present_id binary(16) not null,
  primary key (user_id, present_id)
);

-- Who received which present. Append-only: except for the administrator, no database
-- user may update or delete rows. The primary key lets a player receive a present once.
-- Ledger entries and item grants name `receipt_id`, which is a hash of player and present.
create table game_inventory.received_presents (
  user_id     binary(16)   not null,
  present_id  binary(16)   not null,
  receipt_id  binary(16)   not null,
  received_at timestamp(6) not null default current_timestamp(6),
  primary key (user_id, present_id),
  unique key received_presents_receipt (receipt_id)
);
