-- What operators set and do. Only operators' functions write here; the functions of
-- players read the one row of `service_status`.

create database if not exists game_ops;

-- Whether players are let in. There is one row, with the id 1. Maintenance is the time
-- from `maintenance_starts_at` until somebody closes it; `maintenance_ends_at` is only
-- what players are told. Clients before `least_client_version` are refused.
create table game_ops.service_status (
  status_id             tinyint unsigned not null,
  maintenance_starts_at timestamp(6)     null,
  maintenance_ends_at   timestamp(6)     null,
  least_client_version  varchar(16)      null,
  newest_client_version varchar(16)      null,
  primary key (status_id)
);

insert into game_ops.service_status (status_id) values (1);

-- Every act of an operator, written in the transaction of its effect, and every request
-- for an act that needs a second person. Append-only: except for the administrator, no
-- database user may update or delete rows. `act_id` is a hash of the principal and of
-- their idempotency key, so the primary key refuses a second act by the same key. The
-- key `operator_log_approved_once` lets a request be approved once.
--
-- `fingerprint` is a hash of the request, `ordered` what was asked, and `result` what
-- came of it, both as JSON. `outcome` is `done`, or `requested` for an act that waits for
-- a second person. `free_gems`, `paid_gems` and `item_copies` are what an act moved; a
-- request has moved nothing. `person` is the name behind the principal: `operator_log_person`
-- finds what somebody has moved since yesterday. `user_id` is the player whom an act is
-- about, if it is about one. No column has a player id: rows stay for ever, and nobody may
-- find a deleted player by them.
create table game_ops.operator_log (
  act_id      binary(16)   not null,
  act         varchar(32)  not null,
  principal   varchar(512) not null,
  ticket      varchar(64)  not null,
  reason      varchar(500) not null,
  fingerprint binary(32)   not null,
  ordered     mediumtext   not null,
  outcome     varchar(16)  not null,
  result      mediumtext   not null,
  free_gems   bigint unsigned not null default 0,
  paid_gems   bigint unsigned not null default 0,
  item_copies bigint unsigned not null default 0,
  person      varchar(512) as (substring_index(principal, '/', -1)) virtual,
  approves    binary(16)   null,
  user_id     binary(16)   null,
  created_at  timestamp(6) not null default current_timestamp(6),
  primary key (act_id),
  unique key operator_log_approved_once (approves),
  key operator_log_listing (created_at, act_id),
  key operator_log_user (user_id, created_at),
  key operator_log_person (person, created_at)
);

-- Who has acted, by the name behind the principal. Whoever counts what a person has moved
-- writes their row first, so that two acts of a person at once are counted one after the
-- other. Nothing else reads it.
create table game_ops.operators (
  person      varchar(512) not null,
  last_act_at timestamp(6) not null,
  primary key (person)
);
