-- The purchase service: what was bought in a store, and what became of it. The gems
-- themselves are in game_user, as lots and ledger entries that name the purchase.
--
-- Every key begins with a hash or a player, so inserts scatter. Times are UTC, in
-- microseconds.

create database if not exists game_purchase;

-- The shop as it was published: all products, monthly limits and texts, as one JSON
-- document, whose SHA-256 is the revision. Rows are never changed or deleted, because
-- bookings name them.
create table game_purchase.shop_revisions (
  revision     binary(32)   not null,
  document     mediumtext   not null,
  published_at timestamp(6) not null default current_timestamp(6),
  primary key (revision)
);

-- Which revision sells now. One row. `presentations` is JSON: of each product the name
-- and description in each language, and the key of its picture.
create table game_purchase.live_shop (
  shop_id       varchar(8) not null,
  revision      binary(32) not null,
  presentations mediumtext null,
  primary key (shop_id)
);

-- Which revision sold from when on: each until the next. A purchase gives what was sold when
-- the store dates it, however late it comes. Written with `live_shop`, when the revision
-- changes. Append-only, and so small that the order of its keys does not matter.
create table game_purchase.shop_periods (
  live_from timestamp(6) not null,
  revision  binary(32)   not null,
  primary key (live_from)
);

-- Every transaction of a store that anybody has told us of, and what became of it:
-- 'open', 'booked', 'revoked' or 'refused'; shared/domain/src/purchase/state.rs has the
-- table. `purchase_id` is a hash of store and transaction, so there is one row for each
-- transaction, whoever sends it, and `purchases_transaction` says the same once more.
-- Whoever acts on a purchase locks its row first. `changed_at` is when the store made the
-- last change that counted, by the store's own clock, so that older changes which come
-- later do not count; `last_change` is what that was: 'revoked' or 'restored'.
-- `change_count` numbers those that moved gems.
create table game_purchase.purchases (
  purchase_id    binary(16)   not null,
  store          varchar(8)   not null,
  transaction_id varchar(1500) character set ascii collate ascii_bin not null,
  status         varchar(8)   not null,
  changed_at     timestamp(6) null,
  last_change    varchar(8)   null,
  change_count   int unsigned not null default 0,
  created_at     timestamp(6) not null default current_timestamp(6),
  updated_at     timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
  primary key (purchase_id),
  unique key purchases_transaction (store, transaction_id)
);

-- Purchases whose gems a player got, once for ever. Append-only. `counted_micros` is
-- what the purchase counts for in the player's monthly limit, in the currency of the
-- shop's limits. `act_id` is the act of an operator who booked it, where the store's own
-- word could not.
create table game_purchase.bookings (
  purchase_id      binary(16)      not null,
  user_id          binary(16)      not null,
  store            varchar(8)      not null,
  environment      varchar(16)     not null,
  order_id         varchar(255)    not null,
  product_id       varchar(64)     not null,
  shop_revision    binary(32)      not null,
  currency         char(3)         not null,
  price_micros     bigint unsigned not null,
  counted_micros   bigint unsigned not null,
  paid_gems        bigint unsigned not null,
  bonus_free_gems  bigint unsigned not null,
  purchased_at     timestamp(6)    not null,
  act_id           binary(16)      null,
  booked_at        timestamp(6)    not null default current_timestamp(6),
  primary key (purchase_id),
  key bookings_user (user_id, purchased_at),
  key bookings_order (order_id)
);

-- What the store took back and gave again of a booked purchase. Append-only. `number`
-- counts from 1 without gaps. `free_gems` is what of the bonus was taken or given.
-- `act_id` is the act of an operator who did it, where the store's own word did not come.
create table game_purchase.booking_changes (
  purchase_id binary(16)      not null,
  number      int unsigned    not null,
  change_kind varchar(8)      not null,
  store_at    timestamp(6)    not null,
  free_gems   bigint unsigned not null,
  act_id      binary(16)      null,
  created_at  timestamp(6)    not null default current_timestamp(6),
  primary key (purchase_id, number),
  key booking_changes_act (act_id)
);

-- Purchases that the game refused, so that a repeat gets the same answer. Only an operator
-- can book one of them after all; its row here stays. Append-only. `user_id` is null if an
-- operator dismissed a pending purchase that no client had begun: then only the store could
-- have said whose it is.
create table game_purchase.refusals (
  purchase_id binary(16)   not null,
  user_id     binary(16)   null,
  reason      varchar(32)  not null,
  order_id    varchar(255) not null,
  created_at  timestamp(6) not null default current_timestamp(6),
  primary key (purchase_id),
  key refusals_user (user_id)
);

-- How often a player bought a product. A purchase that was taken back stays counted, so
-- that nobody gets the bonus of a first purchase twice.
create table game_purchase.player_products (
  user_id      binary(16)   not null,
  product_id   varchar(64)  not null,
  bought_count int unsigned not null,
  primary key (user_id, product_id)
);

-- Purchases that are begun and not yet done. A row is written before a store is asked,
-- and deleted when nothing is left to do, so that reconcile-purchases finds what a
-- killed function left. `step` is 'book', or 'consume' once it is booked and the store
-- has not been told. `user_id` is null if no client sent it, and `is_told` says whether the
-- store told us, which no client can take back. `signed_transaction` has what Apple signed.
--
-- `pending_due` begins with one of 16 shards, because times only increase.
create table game_purchase.pending_purchases (
  purchase_id        binary(16)       not null,
  store              varchar(8)       not null,
  transaction_id     varchar(1500) character set ascii collate ascii_bin not null,
  store_product_id   varchar(100)     not null,
  user_id            binary(16)       null,
  is_told            boolean          not null default false,
  signed_transaction text             null,
  step               varchar(8)       not null,
  attempt_count      int unsigned     not null default 0,
  next_attempt_at    timestamp(6)     not null,
  created_at         timestamp(6)     not null default current_timestamp(6),
  shard              tinyint unsigned as (ascii(purchase_id) & 15) virtual,
  primary key (purchase_id),
  key pending_user (user_id),
  key pending_due (shard, next_attempt_at)
);

-- Notifications of stores, each once, by the store's own id of it. Append-only.
-- `effect` is what it did here.
create table game_purchase.store_notifications (
  notification_key binary(16)   not null,
  store            varchar(8)   not null,
  notification_id  varchar(64)  not null,
  kind             varchar(64)  not null,
  purchase_id      binary(16)   null,
  effect           varchar(16)  not null,
  received_at      timestamp(6) not null default current_timestamp(6),
  primary key (notification_key),
  unique key store_notifications_id (store, notification_id),
  key store_notifications_purchase (purchase_id)
);

-- Up to when a store was asked for what it could not tell us. One row a store.
create table game_purchase.reconciliations (
  store       varchar(8)   not null,
  asked_until timestamp(6) not null,
  primary key (store)
);

-- The month in which a player was born, as they said once. Nothing more is kept.
create table game_purchase.player_births (
  user_id     binary(16)        not null,
  birth_year  smallint unsigned not null,
  birth_month tinyint unsigned  not null,
  created_at  timestamp(6)      not null default current_timestamp(6),
  primary key (user_id)
);
