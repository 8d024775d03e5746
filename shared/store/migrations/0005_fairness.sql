-- Draws that anyone can check: seeds that are committed to, used, and revealed.
-- docs/fairness.md says what for.

-- A time during which all draws use one seed. `commitment` is the SHA-256 of
-- the seed, and is here before the period begins; `revealed_seed` is null
-- until it is over. Nothing else ever changes in a row, and none is deleted.
-- Two rotations at once would give a period two seeds: the key on its start
-- refuses the second. That key grows at its end, by a row a day.
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
-- two draws on different pity groups never get the same number. Players who
-- neither drew nor set a seed have no row.
create table game_gacha.player_seeds (
  user_id     binary(16)      not null,
  client_seed varchar(64)     not null,
  draw_count  bigint unsigned not null,
  updated_at  timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (user_id)
);
